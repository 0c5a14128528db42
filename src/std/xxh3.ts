/** XXH3 with 64 bits and without a seed, for what other programs have hashed by it: exact rather than quick. */
const SECRET = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a26' +
    '4c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9' +
    '787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
)

const P32 = [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn] as const
const P64 = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const
const MIX_1 = 0x165667919e3779f9n
const MIX_2 = 0x9fb21c651e98df25n

const STRIPE = 64
const BLOCK = 1024
const STRIPES_OF_BLOCK = 16
const LAST_SECRET = SECRET.length - STRIPE

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
const read = (bytes: Buffer, at: number): bigint => bytes.readBigUInt64LE(at)
const rotate = (value: bigint, by: bigint): bigint => wrap((value << by) | (value >> (64n - by)))

/** Both halves of the product of two numbers, folded into one. */
function fold(one: bigint, other: bigint): bigint {
  const product = one * other
  return wrap(product) ^ (product >> 64n)
}

function avalanche(value: bigint): bigint {
  const mixed = wrap((value ^ (value >> 37n)) * MIX_1)
  return mixed ^ (mixed >> 32n)
}

/** The end of the older XXH64, for the shortest texts. */
function olderAvalanche(value: bigint): bigint {
  const first = wrap((value ^ (value >> 33n)) * P64[1])
  const second = wrap((first ^ (first >> 29n)) * P64[2])
  return second ^ (second >> 32n)
}

/** The hash of some bytes, as a signed number. */
export function xxh3(bytes: Buffer): bigint {
  return BigInt.asIntN(64, unsigned(bytes))
}

function unsigned(bytes: Buffer): bigint {
  const { length } = bytes
  if (length <= 3) return length === 0 ? olderAvalanche(read(SECRET, 56) ^ read(SECRET, 64)) : upTo3(bytes)
  if (length <= 8) return upTo8(bytes)
  if (length <= 16) return upTo16(bytes)
  if (length <= 128) return upTo128(bytes)
  return length <= 240 ? upTo240(bytes) : long(bytes)
}

function upTo3(bytes: Buffer): bigint {
  const { length } = bytes
  const [first, middle, last] = [0, length >> 1, length - 1].map((at) => BigInt(bytes[at] as number)) as [
    bigint,
    bigint,
    bigint,
  ]
  const all = (first << 16n) | (middle << 24n) | last | (BigInt(length) << 8n)
  return olderAvalanche(all ^ (BigInt(SECRET.readUInt32LE(0) ^ SECRET.readUInt32LE(4)) & 0xffff_ffffn))
}

function upTo8(bytes: Buffer): bigint {
  const { length } = bytes
  const all = BigInt(bytes.readUInt32LE(length - 4)) + (BigInt(bytes.readUInt32LE(0)) << 32n)
  let value = all ^ read(SECRET, 8) ^ read(SECRET, 16)
  value = wrap((value ^ rotate(value, 49n) ^ rotate(value, 24n)) * MIX_2)
  value = wrap((value ^ ((value >> 35n) + BigInt(length))) * MIX_2)
  return value ^ (value >> 28n)
}

function upTo16(bytes: Buffer): bigint {
  const { length } = bytes
  const low = read(bytes, 0) ^ read(SECRET, 24) ^ read(SECRET, 32)
  const high = read(bytes, length - 8) ^ read(SECRET, 40) ^ read(SECRET, 48)
  const turned = Buffer.alloc(8)
  turned.writeBigUInt64BE(low)
  return avalanche(wrap(BigInt(length) + read(turned, 0) + high + fold(low, high)))
}

const mix = (bytes: Buffer, at: number, secret: number): bigint =>
  fold(read(bytes, at) ^ read(SECRET, secret), read(bytes, at + 8) ^ read(SECRET, secret + 8))

function upTo128(bytes: Buffer): bigint {
  const { length } = bytes
  let sum = BigInt(length) * P64[0]
  // From both ends, as far as they do not meet.
  for (let pair = 0; pair * 32 < length; pair++)
    sum += mix(bytes, pair * 16, pair * 32) + mix(bytes, length - (pair + 1) * 16, pair * 32 + 16)
  return avalanche(wrap(sum))
}

function upTo240(bytes: Buffer): bigint {
  const { length } = bytes
  let sum = BigInt(length) * P64[0]
  for (let at = 0; at < 128; at += 16) sum += mix(bytes, at, at)
  sum = avalanche(wrap(sum))
  for (let at = 128; at + 16 <= length; at += 16) sum += mix(bytes, at, at - 125)
  sum += mix(bytes, length - 16, 119)
  return avalanche(wrap(sum))
}

function long(bytes: Buffer): bigint {
  const { length } = bytes
  const lanes = [P32[2], P64[0], P64[1], P64[2], P64[3], P32[1], P64[4], P32[0]]
  const last = length - 1
  for (let stripe = 0; stripe * STRIPE + STRIPE <= last; stripe++) {
    const inBlock = stripe % STRIPES_OF_BLOCK
    take(lanes, bytes, stripe * STRIPE, inBlock * 8)
    if (inBlock === STRIPES_OF_BLOCK - 1 && (stripe + 1) * STRIPE <= Math.floor(last / BLOCK) * BLOCK) scramble(lanes)
  }
  take(lanes, bytes, length - STRIPE, LAST_SECRET - 7)
  let sum = BigInt(length) * P64[0]
  for (let pair = 0; pair < 4; pair++)
    sum += fold(
      (lanes[pair * 2] as bigint) ^ read(SECRET, 11 + pair * 16),
      (lanes[pair * 2 + 1] as bigint) ^ read(SECRET, 19 + pair * 16),
    )
  return avalanche(wrap(sum))
}

/** Takes 64 bytes in. */
function take(lanes: bigint[], bytes: Buffer, at: number, secret: number): void {
  for (let lane = 0; lane < 8; lane++) {
    const value = read(bytes, at + lane * 8)
    const key = value ^ read(SECRET, secret + lane * 8)
    lanes[lane ^ 1] = wrap((lanes[lane ^ 1] as bigint) + value)
    lanes[lane] = wrap((lanes[lane] as bigint) + (key & 0xffff_ffffn) * (key >> 32n))
  }
}

function scramble(lanes: bigint[]): void {
  for (const [lane, value] of lanes.entries())
    lanes[lane] = wrap((value ^ (value >> 47n) ^ read(SECRET, LAST_SECRET + lane * 8)) * P32[0])
}
