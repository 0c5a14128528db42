/** A way to assign that a member of the classic protocol knows, and what it says to those who assign by it. */
export interface Protocol {
  readonly name: string
  readonly metadata: Buffer
}

export function sameProtocols(a: readonly Protocol[], b: readonly Protocol[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, metadata }, at) => b[at]?.name === name && metadata.equals(b[at].metadata))
  )
}
