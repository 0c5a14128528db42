let utc: Intl.DateTimeFormat | undefined

/** `2026-01-31T12:00:00Z`. */
export function isoTime(now: number): string {
  utc ??= new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' })
  return `${utc.format(now).replace(' ', 'T')}Z`
}
