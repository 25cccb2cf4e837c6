/** What the provider and the consumer agree on: the service in user.proto, and its types. */
import { parseServices, type ProtoMethod, type ServiceSpec } from "@zkst/zookeeper/rpc";
import text from "./user.proto" with { type: "text" };

interface LoginRequest {
  name: Uint8Array;
  pwd: Uint8Array;
}

interface LoginResponse {
  result: { errcode: number; errmsg: Uint8Array } | null;
  success: boolean;
}

type UserServiceSpec = ServiceSpec<{ login: ProtoMethod<LoginRequest, LoginResponse> }>;

/** tiny_rpc's service. */
export const UserServiceRpc: UserServiceSpec =
  parseServices<{ UserServiceRpc: UserServiceSpec }>(text).UserServiceRpc;
