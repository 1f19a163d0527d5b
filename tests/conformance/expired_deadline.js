// Calls each line "PATH TOKEN HEX" of a file with `grpc-timeout: 0n` and prints "PATH CODE".
//   node expired_deadline.js PORT AUTHORITY CALLS
const http2 = require('http2');
const fs = require('fs');

const [port, authority, file] = process.argv.slice(2);
const session = http2.connect(`https://localhost:${port}`, {ca: fs.readFileSync(authority)});
// What gRPC says of a call that its deadline ended before an answer: RST_STREAM with CANCEL.
const CANCEL = http2.constants.NGHTTP2_CANCEL;

function call(line) {
  const [path, token, hex = ''] = line.split(' ');  // an empty message is no bytes
  const message = Buffer.from(hex, 'hex');
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return new Promise((resolve) => {
    let code = 'none';
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': '0n',
      authorization: `Bearer ${token}`,
    });
    const note = (headers) => {
      if ('grpc-status' in headers) code = headers['grpc-status'];
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('error', () => {});
    stream.on('close', () => {
      if (code === 'none' && stream.rstCode === CANCEL) code = '4';
      console.log(path, code);
      resolve();
    });
    stream.resume();
    stream.end(Buffer.concat([head, message]));
  });
}

(async () => {
  for (const line of fs.readFileSync(file, 'utf8').trim().split('\n')) await call(line);
  session.close();
})();
