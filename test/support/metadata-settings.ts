/** Of metadata logs in tests: small segments, and no more snapshots than there must be. */
export const metadataSettings = {
  segmentBytes: 1 << 20,
  segmentMs: 604_800_000,
  retention: { bytes: 0, ms: -1 },
} as const
