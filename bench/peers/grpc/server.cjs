// grpc-js, run by Node: what one would take otherwise. Prints its port.
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const definition = loader.loadSync(`${__dirname}/echo.proto`, { keepCase: true });
const { UserServiceRpc } = grpc.loadPackageDefinition(definition).echo;
const server = new grpc.Server();
server.addService(UserServiceRpc.service, {
  Login: (_call, reply) => reply(null, { result: { errcode: 0 }, success: true }),
});
const credentials = grpc.ServerCredentials.createInsecure();
server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
  if (error) throw error;
  console.log(port);
});
