/**
 * The binary messages of the live route.
 *
 * Byte 0 is 1 when the rest is raw-deflate, bytes 1 to 3 are zero. Then come the header's length (uint32, little endian,
 * a multiple of 4), the header (JSON, padded with spaces), and the arrays back to back, each padded to 4 bytes.
 */

const PREFIX_BYTES = 4;
const LENGTH_BYTES = 4;
const TYPES = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };
const utf8 = new TextDecoder();

/**
 * @param {ArrayBuffer} buffer one binary message
 * @returns {Object|Promise<Object>} the header's fields and its arrays by name, each a typed array with `shape`.
 *   A message that is not compressed is decoded at once, without a promise.
 */
export function decode(buffer) {
  const compressed = new Uint8Array(buffer, 0, 1)[0] === 1;
  if (!compressed) return unpack(buffer, PREFIX_BYTES);
  return inflate(buffer.slice(PREFIX_BYTES)).then((plain) => unpack(plain, 0));
}

function inflate(buffer) {
  const stream = new Blob([buffer]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}

function unpack(buffer, start) {
  const headerBytes = new DataView(buffer).getUint32(start, true);
  const headerStart = start + LENGTH_BYTES;
  const message = JSON.parse(utf8.decode(new Uint8Array(buffer, headerStart, headerBytes)));
  let offset = headerStart + headerBytes;
  for (const { name, dtype, shape } of message.arrays) {
    const values = view(
      buffer,
      offset,
      TYPES[dtype],
      shape.reduce((a, b) => a * b, 1),
    );
    values.shape = shape;
    message[name] = values;
    offset += Math.ceil(values.byteLength / 4) * 4;
  }
  delete message.arrays;
  return message;
}

/** A view where the alignment allows one; doubles stand at multiples of 4, so they may need a copy. */
function view(buffer, offset, Type, length) {
  if (offset % Type.BYTES_PER_ELEMENT === 0) return new Type(buffer, offset, length);
  return new Type(buffer.slice(offset, offset + length * Type.BYTES_PER_ELEMENT));
}
