import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { StreamsBuilder } from '../../src/streams/index.ts'
import { dialogPrograms } from './dialog-programs.ts'
import { type DrivenRecord, TaskDriver } from './task-driver.ts'

/** `test/support/java/StreamsDialogs.java` made the file with Java's TopologyTestDriver: records, and below each what came of it. */
const golden = readFileSync(new URL('golden/dialogs.txt', import.meta.url), 'utf8')

/** Bytes as the Java program spells them. */
const spell = (bytes: Buffer | null): string =>
  bytes === null
    ? '-'
    : [...bytes]
        .map((byte) =>
          byte > 32 && byte < 127 && byte !== 92
            ? String.fromCharCode(byte)
            : `\\${byte.toString(16).padStart(2, '0')}`,
        )
        .join('')

const line = ({ topic, key, value, timestamp }: DrivenRecord): string =>
  `  ${topic} ${spell(key)} ${spell(value)} ${timestamp ?? null}`

function parse(words: string): DrivenRecord {
  const [topic = '', key, value, timestamp] = words.split(' ')
  const bytes = (word = '-') => (word === '-' ? null : Buffer.from(word))
  return { topic, key: bytes(key), value: bytes(value), timestamp: Number(timestamp) }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function topologyOf(name: string) {
  const builder = new StreamsBuilder()
  dialogPrograms[name]?.(builder)
  return builder.build()
}

/** The dialog with what our tasks answer; before the record of the number given they are ended, and begin anew from their changelogs. */
function play(name: string, dialog: string, restartAt?: number): string {
  const offsets = new Map<string, number>()
  const isTimed = /^~ /m.test(dialog)
  const changelogs: DrivenRecord[] = []
  let driver = new TaskDriver(topologyOf(name), offsets, [], new Map(), isTimed)
  const answer = (text: string): DrivenRecord[] => {
    if (text.startsWith('~ ')) return driver.advance(Number(text.slice(2)))
    const record = parse(text.slice(2))
    if (driver.isGlobal(record.topic)) changelogs.push(record)
    return driver.pipe(record)
  }
  return dialog
    .split('\n')
    .filter((text) => /^[>~] /.test(text))
    .map((text, at) => {
      if (at === restartAt) driver = new TaskDriver(topologyOf(name), offsets, changelogs, driver.metadata, isTimed)
      const written = answer(text)
      changelogs.push(...written.filter(({ topic }) => topic.endsWith('-changelog')))
      // The Java program reads one topic after the other.
      const lines = written.toSorted((a, b) => compare(a.topic, b.topic)).map(line)
      return [text, ...lines, ''].join('\n')
    })
    .join('')
}

const dialogs = golden
  .split(/^== /m)
  .slice(1)
  .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const)

/** What is held back is written to its changelog in the order of Java's hashes, which means nothing. */
const inNoOrder = (dialog: string): string =>
  dialog.replaceAll(/(^ {2}app-KTABLE-SUPPRESS\S* .*\n)+/gm, (lines) => lines.split(/^/m).sort().join(''))

/** Numbers of the records that none before them is later than: from such a one on a task knows its stream time again. */
function restarts(dialog: string): number[] {
  const records = dialog.split('\n').flatMap((text) => (text.startsWith('> ') ? [parse(text.slice(2))] : []))
  const isLatest = (at: number, now = 0) => records.slice(0, at).every(({ timestamp = 0 }) => timestamp <= now)
  return records.flatMap(({ key, value, timestamp }, at) => (key && value && isLatest(at, timestamp) ? [at] : []))
}

/** What a dialog came to: outer joins look through what they keep at other records in a new life, in Java as well. */
const resultsOf = (dialog: string): string[] =>
  dialog
    .split('\n')
    .filter((text) => text.startsWith('  out '))
    .sort()

describe("programs, record by record, against Java's", () => {
  it.each(dialogs)('%s', (name, dialog) => {
    expect(inNoOrder(play(name, dialog))).toBe(inNoOrder(dialog))
  })

  // In one of them a record joins a session that is too old for the store, but was still in the cache. Of several groups in windows each knows
  // its own time, which is not there again with a record of another. Schedules begin anew with a task.
  const again = dialogs.filter(
    ([name]) => name !== 'suppress sessions until they close' && !/cogroup in|punctuation/.test(name),
  )
  it.each(again)('%s, with tasks that are ended anywhere', (name, dialog) => {
    const places = restarts(dialog)
    expect(places.length).toBeGreaterThan(5)
    if (!/stream (left|outer)/.test(name))
      for (const at of places)
        expect(inNoOrder(play(name, dialog, at)), `ended before record ${at}`).toBe(inNoOrder(dialog))
    const closed = `${dialog}> in z last 1000\n> in z last 1001\n`
    const results = resultsOf(play(name, closed))
    for (const at of places) expect(resultsOf(play(name, closed, at)), `ended before record ${at}`).toEqual(results)
  })
})
