import type { Terminal } from './terminal.ts'

/** Prints an answer for programs. Times are ISO, in UTC. */
export function printJson(terminal: Terminal, answer: unknown): void {
  terminal.out(JSON.stringify(answer, null, 2))
}

/** Prints an answer for a person, line by line. */
export function printLines(terminal: Terminal, lines: Iterable<string>): void {
  for (const line of lines) terminal.out(line)
}

type Progress = { advance(steps?: number): void; end(): void }

const barWidth = 30
const redrawMs = 80

/** Draws a bar on standard error that fills up as work goes on; draws nothing when that is no terminal. */
export function startProgress(terminal: Terminal, { label, total }: { label: string; total: number }): Progress {
  let done = 0
  let drawnAt = Number.NEGATIVE_INFINITY
  const draw = () => {
    drawnAt = performance.now()
    terminal.draw(`\r\u001b[K${formatProgress({ label, done, total })}`)
  }
  if (terminal.isDrawn) draw()
  return {
    advance: (steps = 1) => {
      done = Math.min(done + steps, total)
      if (terminal.isDrawn && performance.now() - drawnAt >= redrawMs) draw()
    },
    // The bar is gone when the answer comes.
    end: () => terminal.draw('\r\u001b[K'),
  }
}

/** One state of the bar. */
export function formatProgress({ label, done, total }: { label: string; done: number; total: number }): string {
  const share = total === 0 ? 1 : done / total
  const filled = Math.round(share * barWidth)
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
  return `${label} ${bar} ${Math.floor(share * 100)}% ${done}/${total}`
}
