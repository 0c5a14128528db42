/** Bytes of their own: a view kept for long would keep the whole chunk it came in. */
export const copyOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes)
