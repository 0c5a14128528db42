/**
 * Reads records as nearly all are: each length and delta takes at most two bytes, so that no loop is needed. Whatever does not fit is read
 * the long way by the caller, who also finds the words for what is wrong with it.
 */
export class UsualRecord {
  /** Places in the payload, and lengths; -1 for a key or value that is null. */
  keyStart = 0
  keyLength = -1
  valueStart = 0
  valueLength = -1
  headersStart = 0
  /** Where the record ends. */
  end = 0
  timestampDelta = 0
  offsetDelta = 0

  /** Reads the record at `at`; false for one of another kind, or one that breaks the format. */
  read(payload: Uint8Array, at: number): boolean {
    const limit = payload.length
    // Eleven bytes without key and value, at most; what is shorter than that at the very end is read the long way.
    if (at + 11 > limit) return false
    let position = at
    let low = payload[position++] as number
    let high = 0
    if (low >= 0x80) {
      high = payload[position++] as number
      if (high >= 0x80) return false
      low = (low & 0x7f) | (high << 7)
    }
    const end = position + (low >>> 1)
    if ((low & 1) !== 0 || end > limit) return false
    // Attributes: none are in use.
    position++

    low = payload[position++] as number
    if (low >= 0x80) {
      high = payload[position++] as number
      if (high >= 0x80) return false
      low = (low & 0x7f) | (high << 7)
    }
    this.timestampDelta = (low >>> 1) ^ -(low & 1)

    low = payload[position++] as number
    if (low >= 0x80) {
      high = payload[position++] as number
      if (high >= 0x80) return false
      low = (low & 0x7f) | (high << 7)
    }
    this.offsetDelta = (low >>> 1) ^ -(low & 1)

    low = payload[position++] as number
    this.keyStart = position
    if (low === 1) this.keyLength = -1
    else if (low < 0x80 && (low & 1) === 0) {
      this.keyLength = low >>> 1
      position += this.keyLength
      if (position + 2 > limit) return false
    } else return false

    low = payload[position++] as number
    if (low >= 0x80) {
      high = payload[position++] as number
      if (high >= 0x80) return false
      low = (low & 0x7f) | (high << 7)
    }
    this.valueStart = position
    if (low === 1) this.valueLength = -1
    else if ((low & 1) === 0) {
      this.valueLength = low >>> 1
      position += this.valueLength
    } else return false
    this.headersStart = position
    this.end = end
    // Headers take a byte at least.
    return position < end
  }
}
