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
  tags: Animal_Tag[];
  weights: Record<string, bigint>;
  mother: Animal | null;
  dish: Dish | null;
  isHungry: boolean;
}

/** `zoo.Animal.Tag`. */
export interface Animal_Tag {
  raw: Uint8Array;
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

const services = parseServices(`
syntax = "proto3";
package zoo;
import "google/protobuf/empty.proto";
import "food.proto";

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
}

service Zoo {
  rpc Feed(Animal) returns (food.Dish);
  rpc Close(google.protobuf.Empty) returns (google.protobuf.Empty);
  rpc Watch(Animal) returns (stream Animal);
}
`, { imports: {
  "food.proto": "syntax = \"proto3\";\npackage food;\nmessage Dish { string name = 1; double weight = 2; }\nmessage Tag {}\n"
} });

/** `zoo.Zoo`. */
export const Zoo: ServiceSpec<{
  feed: ProtoMethod<Animal, Dish>;
  close: ProtoMethod<Empty, Empty>;
}> =
  services["Zoo"];
