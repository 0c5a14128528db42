import { ConfigError } from './define.ts'

const ALL = '*'

/** The directories that `cordoned.log.dirs` names (KIP-1066). Throws `ConfigError`, in Apache's words, for one that is none of `log.dirs`. */
export function cordonedDirs(entries: readonly string[], logDirs: readonly string[]): readonly string[] {
  if (entries.includes(ALL)) {
    if (entries.length === 1) return logDirs
    throw new ConfigError('requirement failed: When cordoned.log.dirs is set to *, it must not contain other values')
  }
  const missing = entries.filter((entry) => !logDirs.includes(entry))
  if (missing.length === 0) return entries
  throw new ConfigError(
    `requirement failed: All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : ${missing.join(', ')}`,
  )
}
