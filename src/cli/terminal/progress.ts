import type { Terminal } from './terminal.ts'

export type Progress = { advance(steps?: number): void; end(): void }

const barWidth = 30
const redrawMs = 80

/** A bar on standard error that fills up as work goes on. Where nobody watches, nothing. */
export function progress(terminal: Terminal, { label, total }: { label: string; total: number }): Progress {
  let done = 0
  let drawnAt = Number.NEGATIVE_INFINITY
  const draw = () => {
    drawnAt = performance.now()
    terminal.draw(`\r\u001b[K${progressLine({ label, done, total })}`)
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
export function progressLine({ label, done, total }: { label: string; done: number; total: number }): string {
  const share = total === 0 ? 1 : done / total
  const filled = Math.round(share * barWidth)
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled)
  return `${label} ${bar} ${Math.floor(share * 100)}% ${done}/${total}`
}
