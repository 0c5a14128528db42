import { describe, expect, test } from 'vitest'
import { Callbacks } from '../../src/std/callbacks.ts'

/** Callbacks that note their names. */
function noting() {
  const callbacks = new Callbacks()
  const called: string[] = []
  const add = (name: string, more?: () => void) =>
    callbacks.add(() => {
      called.push(name)
      more?.()
    })
  const calls = () => {
    callbacks.callAll()
    return called.splice(0).join('')
  }
  return { callbacks, add, calls }
}

describe('callbacks', () => {
  test('are called in the order they came, once', () => {
    const { callbacks, add, calls } = noting()
    expect(callbacks.isEmpty).toBe(true)
    for (const name of 'abc') add(name)
    expect(callbacks.isEmpty).toBe(false)
    expect(calls()).toBe('abc')
    expect(callbacks.isEmpty).toBe(true)
    expect(calls()).toBe('')
  })

  test.each([
    ['first', 0, 'bcd'],
    ['one between', 1, 'acd'],
    ['last', 3, 'abc'],
  ])('the %s can be taken back', (_, index, left) => {
    const { add, calls } = noting()
    const takeBack = [...'abcd'].map((name) => add(name))
    takeBack[index]?.()
    takeBack[index]?.()
    expect(calls()).toBe(left)
    add('e')
    takeBack[index]?.()
    expect(calls()).toBe('e')
  })

  test('all taken back leave nothing behind', () => {
    const { callbacks, add, calls } = noting()
    for (const takeBack of [...'abc'].map((name) => add(name))) takeBack()
    expect(callbacks.isEmpty).toBe(true)
    add('d')
    expect(calls()).toBe('d')
  })

  test('one that comes while they are called waits for the next time', () => {
    const { add, calls } = noting()
    add('a', () => add('c'))
    add('b')
    expect(calls()).toBe('ab')
    expect(calls()).toBe('c')
  })

  test('one that another takes back is not called', () => {
    const { add, calls } = noting()
    add('a', () => takeBack())
    const takeBack = add('b')
    add('c')
    expect(calls()).toBe('ac')
  })
})
