interface Branch<T> {
  readonly item: T
  parent: Branch<T> | undefined
  /** What comes before, and what comes after. */
  readonly sides: [Branch<T> | undefined, Branch<T> | undefined]
  isRed: boolean
}

type Side = 0 | 1

const otherSide = (side: Side): Side => (side === 0 ? 1 : 0)

/**
 * Items as Java's `TreeSet` keeps them, in a red-black tree: where what items are compared by changes afterwards, it depends on the tree's
 * shape where a further one comes to stand.
 */
export class JavaTree<T> implements Iterable<T> {
  private root: Branch<T> | undefined

  constructor(private readonly compare: (a: T, b: T) => number) {}

  add(item: T): void {
    let parent: Branch<T> | undefined
    let side: Side = 0
    for (let at = this.root; at; at = at.sides[side]) {
      parent = at
      side = this.compare(item, at.item) < 0 ? 0 : 1
    }
    const added: Branch<T> = { item, parent, sides: [undefined, undefined], isRed: true }
    if (parent) parent.sides[side] = added
    else this.root = added
    this.balance(added)
  }

  [Symbol.iterator](): Iterator<T> {
    return inOrder(this.root)
  }

  /** No red one stands on a red one, and the same number of black ones stands above every end. */
  private balance(added: Branch<T>): void {
    let at = added
    while (at.parent?.isRed && at.parent.parent) {
      const grand: Branch<T> = at.parent.parent
      const side: Side = grand.sides[0] === at.parent ? 0 : 1
      const uncle = grand.sides[otherSide(side)]
      grand.isRed = true
      if (uncle?.isRed) {
        at.parent.isRed = false
        uncle.isRed = false
        at = grand
        continue
      }
      if (at.parent.sides[otherSide(side)] === at) {
        at = at.parent
        this.lift(at, otherSide(side))
      }
      if (at.parent) at.parent.isRed = false
      this.lift(grand, side)
    }
    if (this.root) this.root.isRed = false
  }

  /** Puts what stands on one side of a branch in its place, and the branch on the other side of that. */
  private lift(at: Branch<T>, side: Side): void {
    const lifted = at.sides[side]
    if (!lifted) return
    const moved = lifted.sides[otherSide(side)]
    at.sides[side] = moved
    if (moved) moved.parent = at
    lifted.parent = at.parent
    if (!at.parent) this.root = lifted
    else at.parent.sides[at.parent.sides[0] === at ? 0 : 1] = lifted
    lifted.sides[otherSide(side)] = at
    at.parent = lifted
  }
}

function* inOrder<T>(branch: Branch<T> | undefined): Generator<T> {
  if (!branch) return
  yield* inOrder(branch.sides[0])
  yield branch.item
  yield* inOrder(branch.sides[1])
}
