// Makes a request with several faults and prints what its refusal says.
//   node error_details.js HOST:PORT AUTHORITY AUTHORIZATION PROTOS
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const [address, authority, authorization, protos] = process.argv.slice(2);
const options = {
  includeDirs: [protos, '/usr/include'],
  keepCase: true
};
const api =
    grpc.loadPackageDefinition(loader.loadSync('rapport/intake/v1/intake_service.proto', options))
        .rapport.intake.v1;

const root = new protobuf.Root();
root.resolvePath = (origin, target) => [protos, '/usr/include']
                                           .map((folder) => `${folder}/${target}`)
                                           .find(fs.existsSync) ||
    null;
root.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto']);

const client =
    new api.IntakeService(address, grpc.credentials.createSsl(fs.readFileSync(authority)));
const metadata = new grpc.Metadata();
metadata.set('authorization', authorization);
const request = {
  family: {referral: {mandated: true}},
  request_id: 'x'
};
client.CreateFamily(request, metadata, {deadline: Date.now() + 20000}, (error) => {
  if (!error) throw new Error('the request was not refused');
  console.log('code', error.code);
  const bytes = error.metadata.get('grpc-status-details-bin')[0];
  for (const detail of root.lookupType('google.rpc.Status').decode(bytes).details) {
    const type = root.lookupType(detail.type_url.split('/').pop());
    const message = type.decode(detail.value);
    if (type.name === 'ErrorInfo') console.log('reason', message.reason);
    if (type.name === 'BadRequest') {
      for (const violation of message.fieldViolations || message.field_violations) {
        console.log('field', violation.field);
      }
    }
  }
  client.close();
});
