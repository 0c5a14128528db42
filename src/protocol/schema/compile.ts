import type { Input, Output, Shape } from './field.ts'
import { generate } from './generate.ts'
import { interpret } from './interpret.ts'
import { type Layout, layoutOf } from './layout.ts'
import type { Plan } from './pieces.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** Encodes and decodes one shape in one version. */
export interface Codec<S extends Shape> {
  encode(writer: Writer, value: Input<S>): void
  decode(reader: Reader): Output<S>
}

/** Uses after which a function of its own pays for a struct: it takes as long to make as some hundred messages. */
const OFTEN = 200

const cache = new WeakMap<Shape, Map<number, StructCodec>>()

/** The codec of a shape in a version, made once. */
export function compile<S extends Shape>(shape: S, version: number, flexible: boolean): Codec<S> {
  return codecOf(shape, version, flexible) as Codec<Shape> as unknown as Codec<S>
}

function codecOf(shape: Shape, version: number, flexible: boolean): StructCodec {
  let versions = cache.get(shape)
  if (!versions) cache.set(shape, (versions = new Map()))
  // A shape shared by two messages may be flexible in one and not in the other.
  const key = version * 2 + (flexible ? 1 : 0)
  let codec = versions.get(key)
  if (!codec) versions.set(key, (codec = new StructCodec(layoutOf(shape, version, flexible))))
  return codec
}

class StructCodec implements Plan {
  private plan: Plan
  private generated: Plan | undefined
  private uses = 0

  constructor(private readonly layout: Layout) {
    this.plan = interpret(layout, (shape) => this.inside(shape))
  }

  encode(writer: Writer, value: unknown): void {
    if (this.uses < OFTEN) this.count()
    this.plan.encode(writer, value)
  }

  decode(reader: Reader): Output<Shape> {
    if (this.uses < OFTEN) this.count()
    return this.plan.decode(reader) as Output<Shape>
  }

  private count(): void {
    if (++this.uses < OFTEN) return
    try {
      this.plan = this.fast()
    } catch (error) {
      // Node may be told to make no code of text (--disallow-code-generation-from-strings): then it goes on as it was.
      if (!(error instanceof EvalError)) throw error
    }
  }

  private inside(shape: Shape): StructCodec {
    return codecOf(shape, this.layout.version, this.layout.flexible)
  }

  /** Its structs are made with it: what holds them comes at least as often. */
  private fast(): Plan {
    this.generated ??= generate(this.layout, (shape) => this.inside(shape).fast())
    return this.generated
  }
}
