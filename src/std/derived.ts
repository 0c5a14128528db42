/** What is made of a value, made anew when there is another one: by identity, so the value must not change in itself. */
export function derived<S, T>(source: () => S, make: (value: S) => T): () => T {
  let last: { readonly value: S; readonly made: T } | undefined
  return () => {
    const value = source()
    if (last?.value !== value) last = { value, made: make(value) }
    return last.made
  }
}
