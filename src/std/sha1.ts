/** The SHA-1 digest of parts, one after the other. The library is loaded by the first use: most commands need none. */
export function sha1(...parts: readonly Uint8Array[]): Buffer {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha1')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
