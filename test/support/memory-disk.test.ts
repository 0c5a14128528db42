import { describe, expect, it } from 'vitest'
import { MemoryDisk, ProcessDied } from './memory-disk.ts'

const text = (disk: MemoryDisk, path: string) => disk.readFile(path)?.toString()

function withFile(): MemoryDisk {
  const disk = new MemoryDisk()
  disk.mkdir('/d')
  disk.syncDir('/')
  return disk
}

describe('the disk in memory', () => {
  it('keeps what was synced, name and content', async () => {
    const disk = withFile()
    const file = disk.open('/d/f', { create: true })
    file.write(Buffer.from('hello'), 0)
    await file.sync()
    disk.syncDir('/d')
    file.write(Buffer.from('world'), 5)
    expect(text(disk, '/d/f')).toBe('helloworld')
    disk.losePower('nothing')
    expect(text(disk, '/d/f')).toBe('hello')
    expect(() => file.write(Buffer.from('x'), 0)).toThrow(ProcessDied)
  })

  it('loses a synced file whose name was not', async () => {
    const disk = withFile()
    const file = disk.open('/d/f', { create: true })
    file.write(Buffer.from('x'), 0)
    await file.sync()
    disk.losePower('nothing')
    expect(disk.stat('/d/f')).toBeUndefined()
  })

  it('does not count what was written during a sync', async () => {
    const disk = withFile()
    const file = disk.open('/d/f', { create: true })
    disk.syncDir('/d')
    file.write(Buffer.from('a'), 0)
    const syncs = [file.sync(), file.sync()]
    file.write(Buffer.from('b'), 1)
    await Promise.all(syncs)
    disk.losePower('nothing')
    expect(text(disk, '/d/f')).toBe('a')
  })

  it('replaces a file as a whole, whatever survives', () => {
    for (let seed = 0; seed < 200; seed++) {
      const disk = withFile()
      disk.replaceFile('/d/f', 'old')
      disk.faults.dieAt(disk.operations + (seed % 8))
      try {
        disk.replaceFile('/d/f', 'newer')
      } catch {}
      disk.losePower({ seed })
      expect(['old', 'newer']).toContain(text(disk, '/d/f'))
    }
  })

  it('tears writes, the same way for the same seed', () => {
    const torn = (seed: number) => {
      const disk = withFile()
      const file = disk.open('/d/f', { create: true })
      disk.syncDir('/d')
      for (let i = 0; i < 4; i++) file.write(Buffer.alloc(2000, 97 + i), i * 2000)
      disk.losePower({ seed })
      return text(disk, '/d/f')
    }
    const results = Array.from({ length: 50 }, (_, seed) => torn(seed))
    expect(results).toEqual(Array.from({ length: 50 }, (_, seed) => torn(seed)))
    expect(new Set(results).size).toBeGreaterThan(20)
  })

  it('keeps what a killed process wrote', () => {
    const disk = withFile()
    disk.writeFile('/d/f', 'x')
    expect(disk.lock('/d/.lock')).toBeDefined()
    expect(disk.lock('/d/.lock')).toBeUndefined()
    disk.killProcess()
    expect(text(disk, '/d/f')).toBe('x')
    expect(disk.lock('/d/.lock')).toBeDefined()
  })

  it('fails on demand', () => {
    const disk = withFile()
    disk.faults.add({ operation: 'write', path: '/d/', code: 'ENOSPC', times: 1 })
    expect(() => disk.writeFile('/d/f', 'x')).toThrow('ENOSPC')
    disk.writeFile('/d/f', 'x')
  })
})
