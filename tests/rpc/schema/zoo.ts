// Made from zoo.proto by @zkst/zookeeper/rpc/generate; do not edit.

import { parseServices, type ProtoMethod, type ServiceSpec } from "@zkst/zookeeper/rpc";

/** `zoo.Animal.Kind`, by name. */
export const Animal_Kind = {
  NONE: 0,
  CAT: 1,
} as const;
/** A number of `zoo.Animal.Kind`. */
export type Animal_Kind = number;

/** `zoo.Animal`. */
export interface Animal {
  name: string;
  born: bigint;
  kind: Animal_Kind;
  tags: zoo_Animal_Tag[];
  weights: { [key: string]: bigint };
  mother: Animal | null;
  dish: Dish | null;
  isHungry: boolean;
  nickname: string | null;
  chip: bigint | null;
}

/** `zoo.Animal.Tag`. */
export interface zoo_Animal_Tag {
  raw: Uint8Array;
}

/** `zoo.Record`. */
export interface Record {
  animals: { [key: string]: Animal };
}

/** `zoo.Animal_Tag`. */
export interface zoo_Animal_Tag_ {
  text: string;
}

/** `google.protobuf.Empty`. */
export interface Empty {}

/** `food.Dish`. */
export interface Dish {
  name: string;
  weight: number;
}

/** `food.Tag`. */
export interface Tag {}

/** `herd.Herd`. */
export interface Herd {
  size: number;
  dish: Dish | null;
  ".herd.shepherd": string;
}

const services = parseServices(`
syntax = "proto3";
package zoo;
import "google/protobuf/empty.proto";
import "food.proto";
import 'herd.proto';

// Back\`tick and \${dollar}.
message Animal {
  enum Kind { NONE = 0; CAT = 1; }
  message Tag { bytes raw = 1; }
  string name = 1;
  uint64 born = 2;
  Kind kind = 3;
  repeated Tag tags = 4;
  map<string, int64> weights = 5;
  Animal mother = 6;
  food.Dish dish = 7;
  bool is_hungry = 8;
  optional string nickname = 9;
  optional int64 chip = 10;
}

// Named as a type of TypeScript, and as what is nested in another.
message Record { map<int64, Animal> animals = 1; }
message Animal_Tag { string text = 1; }

service Zoo {
  rpc Feed(Animal) returns (food.Dish);
  rpc Close(google.protobuf.Empty) returns (google.protobuf.Empty);
  rpc Watch(Animal) returns (stream Animal);
  rpc Count(Record) returns (herd.Herd);
  rpc Label(Animal_Tag) returns (Animal.Tag);
}
`, { imports: {
  "food.proto": "syntax = \"proto3\";\npackage food;\nmessage Dish { string name = 1; double weight = 2; }\nmessage Tag {}\n",
  "herd.proto": "syntax = \"proto2\";\npackage herd;\nimport \"food.proto\";\nmessage Herd {\n  optional int32 size = 1;\n  optional food.Dish dish = 2;\n  extensions 100 to 199;\n}\nextend Herd { optional string shepherd = 100; }\n"
} });

/** `zoo.Zoo`. */
export const Zoo: ServiceSpec<{
  feed: ProtoMethod<Animal, Dish>;
  close: ProtoMethod<Empty, Empty>;
  count: ProtoMethod<Record, Herd>;
  label: ProtoMethod<zoo_Animal_Tag_, zoo_Animal_Tag>;
}> =
  services["Zoo"];
