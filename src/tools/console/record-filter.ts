import type { PrintableRecord } from './record.ts'

export interface FilterSettings {
  readonly value?: RegExp | undefined
  readonly key?: RegExp | undefined
  /** Headers of which one at least must be there each, with a value that matches where there is a pattern. */
  readonly headers?: readonly { readonly key: string; readonly value: RegExp | undefined }[]
  /** How bytes are read; as UTF-8 when left out. */
  readonly read?: { readonly key?: Reader | undefined; readonly value?: Reader | undefined }
}

type Reader = (bytes: Buffer) => string | Buffer

/** Whether a record is wanted; undefined when all are. A null matches nothing. */
export function createFilter(settings: FilterSettings): ((record: PrintableRecord) => boolean) | undefined {
  const { value, key, headers = [], read = {} } = settings
  if (!value && !key && headers.length === 0) return undefined
  const matches = (pattern: RegExp | undefined, bytes: () => Buffer | null, reader: Reader | undefined): boolean => {
    if (!pattern) return true
    const found = bytes()
    return found !== null && pattern.test(String(reader ? reader(found) : found))
  }
  const hasHeader = (record: PrintableRecord, wanted: (typeof headers)[number]): boolean =>
    record.headers().some((header) => header.key === wanted.key && matches(wanted.value, () => header.value, undefined))
  return (record) =>
    matches(key, () => record.key(), read.key) &&
    matches(value, () => record.value(), read.value) &&
    headers.every((header) => hasHeader(record, header))
}
