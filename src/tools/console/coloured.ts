import type { Deserializer } from './deserializers.ts'
import type { MessageFormatter } from './formatter.ts'

type Paint = (text: string) => string

export interface ColouredOptions {
  /** Of `timestamp`, `partition`, `offset`, `headers`, `delivery`, `key` those that are printed before the value. */
  readonly columns: ReadonlySet<string>
  readonly key?: Deserializer | undefined
  readonly value?: Deserializer | undefined
  readonly isoTime: (ms: number) => string
  readonly paint: { readonly place: Paint; readonly header: Paint; readonly key: Paint; readonly nothing: Paint }
}

/** Records for people at a terminal: where and when they are in one colour, keys and headers in others. */
export function colouredFormatter({ columns, key, value, isoTime, paint }: ColouredOptions): MessageFormatter {
  const shown = (bytes: Buffer | null, read: Deserializer | undefined): string =>
    bytes === null ? paint.nothing('null') : safe(String(read ? read(bytes) : bytes))
  return {
    write(record, output) {
      const cells: string[] = []
      if (columns.has('timestamp')) cells.push(paint.place(isoTime(record.timestamp)))
      if (columns.has('partition')) cells.push(paint.place(`partition ${record.partition}`))
      if (columns.has('offset')) cells.push(paint.place(`offset ${record.offset}`))
      if (columns.has('delivery') && record.deliveryCount !== undefined)
        cells.push(paint.place(`delivery ${record.deliveryCount}`))
      if (columns.has('headers'))
        for (const header of record.headers())
          cells.push(`${paint.header(safe(header.key))}=${shown(header.value, undefined)}`)
      if (columns.has('key'))
        cells.push(record.key() === null ? paint.nothing('null') : paint.key(shown(record.key(), key)))
      cells.push(shown(record.value(), value))
      output.text(`${cells.join('  ')}\n`)
    },
  }
}

/** What would move the cursor or change the terminal is shown as its picture. */
const safe = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, (char) =>
    char === '\u007f' ? '\u2421' : String.fromCharCode(0x2400 + char.charCodeAt(0)),
  )
