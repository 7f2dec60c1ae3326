import { styleText } from 'node:util'
import type { Environment } from '../../core/settings.ts'

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold'

export type Paint = Record<Colour, (text: string) => string>

/** Whether to colour: FORCE_COLOR decides, else NO_COLOR forbids, else it is for terminals only. */
export function wantsColour({ environment, isTerminal }: { environment: Environment; isTerminal: boolean }): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = environment
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false'
  if (no !== undefined && no !== '') return false
  return isTerminal && term !== 'dumb'
}

/** Colours that are colours, or nothing at all. */
export function makePaint(isOn: boolean): Paint {
  const paint = (colour: Colour) => (text: string) =>
    isOn && text !== '' ? styleText(colour, text, { validateStream: false }) : text
  return {
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    cyan: paint('cyan'),
    dim: paint('dim'),
    bold: paint('bold'),
  }
}
