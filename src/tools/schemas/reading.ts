import type { RecordCursor } from '../../client/index.ts'
import type { Deserializer } from '../console/deserializers.ts'
import type { PrintableRecord } from '../console/record.ts'
import { createCodec } from './codecs.ts'
import type { SchemaRegistry } from './registry.ts'
import type { Codec } from './schema.ts'
import { unframe } from './wire-format.ts'

export type Part = 'key' | 'value'

/** What a poll gave, of either kind of consumer. */
export interface Batch {
  cursor(): RecordCursor
}

/** Reads keys and values whose schemas are in a registry, as JSON. */
export class RegistryReader {
  private readonly codecs = new Map<number, Codec | Error>()

  constructor(
    private readonly registry: SchemaRegistry,
    private readonly parts: readonly Part[],
  ) {}

  /** Fetches the schemas that a batch asks for and that are not known yet. What cannot be had is told by the record that needs it. */
  readonly prepare = async (batch: Batch): Promise<void> => {
    const record = batch.cursor()
    while (record.next())
      for (const part of this.parts) {
        const bytes = record[part]()
        const id = bytes === null ? undefined : idOf(bytes)
        if (id !== undefined && !this.codecs.has(id)) this.codecs.set(id, await this.load(id))
      }
  }

  /** JSON on one line; throws for bytes that are no such value. */
  readonly read: Deserializer = (bytes) => {
    const { id, payload } = unframe(bytes)
    const codec = this.codecs.get(id)
    if (codec instanceof Error) throw codec
    if (!codec) throw new Error(`Schema ${id} was not fetched.`)
    return codec.decode(payload)
  }

  private async load(id: number): Promise<Codec | Error> {
    try {
      return await createCodec(await this.registry.schema(id))
    } catch (error) {
      return error as Error
    }
  }
}

function idOf(bytes: Buffer): number | undefined {
  try {
    return unframe(bytes).id
  } catch {
    return undefined
  }
}

/** Lets a failure of an action on a record say where the record is. */
export function atPlace<T>({ topic, partition, offset }: PrintableRecord, action: () => T): T {
  try {
    return action()
  } catch (error) {
    const { message } = error as Error
    throw new Error(`Offset ${offset} of ${topic}-${partition}: ${message}`, { cause: error })
  }
}
