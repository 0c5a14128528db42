/**
 * Whether a text is a regular expression of RE2, the language in which brokers match subscriptions (KIP-848). It has no look-around and no
 * back references; what is wrong is named as RE2 names it.
 */
class Complaint extends Error {}

const MOST_REPEATS = 1000

class Checker {
  private at = 0
  private depth = 0
  private readonly names = new Set<string>()
  /** What a repetition operator would repeat: nothing, something, or something that is repeated already. */
  private last: 'nothing' | 'item' | 'repeated' = 'nothing'

  constructor(private readonly text: string) {}

  check(): void {
    while (this.at < this.text.length) this.item()
    if (this.depth > 0) throw new Complaint('missing closing )')
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found) this.at = pattern.lastIndex
    return found ?? undefined
  }

  private item(): void {
    switch (this.text[this.at]) {
      case '(':
        this.open()
        this.last = 'nothing'
        return
      case ')':
        if (this.depth-- === 0) throw new Complaint('regexp/syntax: internal error')
        this.at++
        this.last = 'item'
        return
      case '|':
        this.at++
        this.last = 'nothing'
        return
      case '*':
      case '+':
      case '?':
        this.match(/[*+?]\??/y)
        this.repeat()
        return
      case '{':
        if (this.braces()) this.repeat()
        else this.last = 'item'
        return
      case '[':
        this.set()
        break
      case '\\':
        this.escape(true)
        break
      default:
        this.at++
    }
    this.last = 'item'
  }

  private repeat(): void {
    if (this.last === 'nothing') throw new Complaint('missing argument to repetition operator')
    if (this.last === 'repeated') throw new Complaint('invalid nested repetition operator')
    this.last = 'repeated'
  }

  /** `{2}`, `{2,}`, `{2,3}`; anything else is a brace that stands for itself. */
  private braces(): boolean {
    const found = this.match(/\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}\??/y)
    if (!found) {
      this.at++
      return false
    }
    const low = Number(found[1])
    const high = found[3] === undefined ? low : Number(found[3])
    if (low > MOST_REPEATS || high > MOST_REPEATS || low > high) throw new Complaint('invalid repeat count')
    return true
  }

  private open(): void {
    if (this.match(/\(\?P?</y)) {
      const name = this.match(/([^>]*)>/y)?.[1]
      if (name === undefined || !/^\w+$/.test(name)) throw new Complaint('invalid named capture')
      if (this.names.has(name)) throw new Complaint('duplicate capture group name')
      this.names.add(name)
    } else if (this.match(/\(\?(?:[imsU]+|[imsU]*-[imsU]+)?\)/y)) return
    else if (!this.match(/\(\?(?:[imsU]+|[imsU]*-[imsU]+)?:/y)) {
      this.at++
      if (this.text[this.at] === '?') throw new Complaint('invalid or unsupported Perl syntax')
    }
    this.depth++
  }

  private escape(outside: boolean): void {
    if (this.at + 1 === this.text.length) throw new Complaint('trailing backslash at end of expression')
    if (outside && this.match(/\\Q(?:[\s\S]*?\\E|[\s\S]*)/y)) return
    if (outside && this.match(/\\[AbBz]/y)) return
    if (this.match(/\\(?:[dDsSwW]|[afnrtv]|0[0-7]{0,2}|[1-7][0-7]{1,2}|x[\da-fA-F]{2}|x\{[\da-fA-F]{1,6}\})/y)) return
    if (this.match(/\\[pP](?:[A-Z]|\{\^?\w+\})/y)) return
    if (/\\[pP]/y.test(this.text.slice(this.at, this.at + 2))) throw new Complaint('invalid character class range')
    if (!this.match(/\\[^a-zA-Z0-9]/y)) throw new Complaint('invalid escape sequence')
  }

  private set(): void {
    this.match(/\[\^?/y)
    for (let first = true; first || this.text[this.at] !== ']'; first = false) {
      if (this.at >= this.text.length) throw new Complaint('missing closing ]')
      if (this.match(/\[:\^?\w+:\]/y)) continue
      const low = this.member()
      if (this.text[this.at] !== '-' || this.text[this.at + 1] === ']') continue
      this.at++
      const high = this.member()
      if (low !== undefined && high !== undefined && high < low) throw new Complaint('invalid character class range')
    }
    this.at++
  }

  /** The code of one character in a set; undefined when it is a class or an escape. */
  private member(): number | undefined {
    if (this.at >= this.text.length) throw new Complaint('missing closing ]')
    if (this.text[this.at] !== '\\') return this.text.charCodeAt(this.at++)
    this.escape(false)
    return undefined
  }
}

/** What is wrong with a regular expression; undefined when it is right. */
export function checkRe2(text: string): string | undefined {
  try {
    new Checker(text).check()
    return undefined
  } catch (error) {
    if (error instanceof Complaint) return error.message
    throw error
  }
}
