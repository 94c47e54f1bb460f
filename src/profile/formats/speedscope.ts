import type { FoldedStacks } from '../fold-samples.ts'

/** The file format of speedscope (https://www.speedscope.app/file-format-schema.json), `sampled`, in microseconds. */
export function speedscopeJson(stacks: FoldedStacks, name: string): string {
  const frames = new Map<string, number>()
  const indexOf = (frame: string): number => {
    const known = frames.get(frame)
    if (known !== undefined) return known
    frames.set(frame, frames.size)
    return frames.size - 1
  }
  const samples = [...stacks.keys()].map((stack) => stack.split(';').map(indexOf))
  const weights = [...stacks.values()]
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'mailmirror',
    name,
    activeProfileIndex: 0,
    shared: { frames: [...frames.keys()].map((frame) => ({ name: frame })) },
    profiles: [
      {
        type: 'sampled',
        name,
        unit: 'microseconds',
        startValue: 0,
        endValue: weights.reduce((sum, weight) => sum + weight, 0),
        samples,
        weights,
      },
    ],
  })
}
