/**
 * Regular expressions whose matching takes time in proportion to the text, whatever the pattern: for patterns that strangers send. They
 * know what RE2's have in common with JavaScript's, but no word boundaries: characters, classes, groups, alternatives, repetitions and
 * anchors.
 */
type Node =
  | { readonly type: 'one'; readonly accepts: (character: string) => boolean }
  | { readonly type: 'begin' | 'end' }
  | { readonly type: 'all' | 'any'; readonly parts: readonly Node[] }
  | { readonly type: 'repeat'; readonly part: Node; readonly min: number; readonly max: number }

/** Steps that go on at one or two others without a character, and those that take one; `accept` ends. */
type Step =
  | { readonly type: 'one'; readonly accepts: (character: string) => boolean; next: number }
  | { readonly type: 'begin' | 'end'; next: number }
  | { readonly type: 'fork'; next: number; other: number }
  | { readonly type: 'accept' }

const MAX_DEPTH = 100
/** As in RE2. */
const MAX_REPEAT = 1000
const MAX_STEPS = 20_000

/** Whether texts match as a whole. Throws a `SyntaxError` for what is no pattern, or one that is not known here. */
export function linearPattern(source: string): (text: string) => boolean {
  const steps: Step[] = [{ type: 'accept' }]
  const start = build(steps, new Parser(source).parse(), 0)
  return (text) => matches(steps, start, text)
}

const wrong = (what: string): SyntaxError => new SyntaxError(`Invalid regular expression: ${what}`)

class Parser {
  private at = 0
  private depth = 0
  private readonly characters: readonly string[]

  constructor(source: string) {
    this.characters = [...source]
  }

  parse(): Node {
    const node = this.alternatives()
    if (this.at < this.characters.length) throw wrong('a parenthesis is closed that was not opened')
    return node
  }

  private get next(): string | undefined {
    return this.characters[this.at]
  }

  private take(wanted: string): boolean {
    const found = this.characters.slice(this.at, this.at + wanted.length).join('') === wanted
    if (found) this.at += wanted.length
    return found
  }

  private alternatives(): Node {
    if (++this.depth > MAX_DEPTH) throw wrong('groups are too deep in each other')
    const parts = [this.sequence()]
    while (this.take('|')) parts.push(this.sequence())
    this.depth--
    return parts.length === 1 ? (parts[0] as Node) : { type: 'any', parts }
  }

  private sequence(): Node {
    const parts: Node[] = []
    while (this.next !== undefined && this.next !== '|' && this.next !== ')') parts.push(this.repeated(this.atom()))
    return { type: 'all', parts }
  }

  private repeated(part: Node): Node {
    const bounds = this.bounds()
    if (!bounds) return part
    // Whether it takes much or little makes no difference to whether the whole matches.
    this.take('?')
    if (this.bounds()) throw wrong('a repetition is repeated')
    return { type: 'repeat', part, ...bounds }
  }

  private bounds(): { min: number; max: number } | undefined {
    if (this.take('*')) return { min: 0, max: Number.POSITIVE_INFINITY }
    if (this.take('+')) return { min: 1, max: Number.POSITIVE_INFINITY }
    if (this.take('?')) return { min: 0, max: 1 }
    const found = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.characters.slice(this.at, this.at + 12).join(''))
    if (!found) return undefined
    this.at += found[0].length
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] ? Number(found[3]) : Number.POSITIVE_INFINITY
    if (min > MAX_REPEAT || (max !== Number.POSITIVE_INFINITY && max > MAX_REPEAT) || min > max)
      throw wrong('bad bounds of a repetition')
    return { min, max }
  }

  private atom(): Node {
    const character = this.characters[this.at++] as string
    switch (character) {
      case '^':
        return { type: 'begin' }
      case '$':
        return { type: 'end' }
      case '(':
        return this.group()
      case '[':
        return this.single(this.classText())
      case '\\':
        return this.single(this.escapeText())
      case '.':
        return { type: 'one', accepts: (one) => one !== '\n' }
      case '*':
      case '+':
      case '?':
        throw wrong('a repetition of nothing')
      default:
        return { type: 'one', accepts: (one) => one === character }
    }
  }

  private group(): Node {
    if (this.take('?') && !this.take(':')) {
      this.take('P')
      const name = /^<[A-Za-z_]\w*>/.exec(this.characters.slice(this.at).join(''))
      if (!name) throw wrong('a group of a kind that is not known here')
      this.at += name[0].length
    }
    const node = this.alternatives()
    if (!this.take(')')) throw wrong('a group is not closed')
    return node
  }

  private classText(): string {
    const start = this.at - 1
    this.take('^')
    // A bracket that stands first is one of the class.
    for (let first = true; this.next !== ']' || first; first = false) {
      if (this.next === undefined) throw wrong('a class is not closed')
      this.at += this.next === '\\' ? 2 : 1
    }
    this.at++
    return this.characters
      .slice(start, this.at)
      .join('')
      .replace(/^(\[\^?)\]/, '$1\\]')
  }

  private escapeText(): string {
    const character = this.characters[this.at++]
    if (character === undefined) throw wrong('a backslash at the end')
    if (/[dDwWsStnrfv]/.test(character) || /[^\w\s]/.test(character))
      return /[dDwWsStnrfv^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character
    throw wrong(`\\${character} is not known here`)
  }

  /** One character out of a class: for that, JavaScript's own engine is as quick. */
  private single(text: string): Node {
    const pattern = new RegExp(`^${text}$`, 'u')
    return { type: 'one', accepts: (one) => pattern.test(one) }
  }
}

/** Adds the steps of a node, which go on at `next`; gives the first of them. */
function build(steps: Step[], node: Node, next: number): number {
  switch (node.type) {
    case 'one':
      return add(steps, { ...node, next })
    case 'begin':
    case 'end':
      return add(steps, { type: node.type, next })
    case 'all':
      return node.parts.reduceRight((after, part) => build(steps, part, after), next)
    case 'any':
      return node.parts
        .map((part) => build(steps, part, next))
        .reduceRight((other, first) => add(steps, { type: 'fork', next: first, other }))
    case 'repeat':
      return buildRepeat(steps, node, next)
  }
}

function buildRepeat(steps: Step[], { part, min, max }: Extract<Node, { type: 'repeat' }>, next: number): number {
  let first = next
  if (max === Number.POSITIVE_INFINITY) {
    const loop = { type: 'fork', next, other: next } as Extract<Step, { type: 'fork' }>
    first = add(steps, loop)
    loop.other = build(steps, part, first)
  } else
    for (let more = min; more < max; more++)
      first = add(steps, { type: 'fork', next: build(steps, part, first), other: next })
  for (let times = 0; times < min; times++) first = build(steps, part, first)
  return first
}

function add(steps: Step[], step: Step): number {
  if (steps.length >= MAX_STEPS) throw wrong('it is too large')
  return steps.push(step) - 1
}

/** All places in the pattern that the text may have come to, character by character. */
function matches(steps: readonly Step[], start: number, text: string): boolean {
  const characters = [...text]
  let reached = closure(steps, [start], 0, characters.length)
  for (const [at, character] of characters.entries()) {
    const after: number[] = []
    for (const index of reached) {
      const step = steps[index] as Step
      if (step.type === 'one' && step.accepts(character)) after.push(step.next)
    }
    if (after.length === 0) return false
    reached = closure(steps, after, at + 1, characters.length)
  }
  return reached.has(0)
}

/** What can be reached from some steps without another character. */
function closure(steps: readonly Step[], from: readonly number[], at: number, end: number): Set<number> {
  const reached = new Set<number>()
  const open = [...from]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index)) continue
    reached.add(index)
    const step = steps[index] as Step
    if (step.type === 'fork') open.push(step.next, step.other)
    else if ((step.type === 'begin' && at === 0) || (step.type === 'end' && at === end)) open.push(step.next)
  }
  return reached
}
