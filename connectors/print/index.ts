import { z } from 'zod'
import { accept, defineConnector, eventPatterns, matchesPattern, needsApproval } from '../../src/index.ts'
import { describeEvent, describeRequest } from './facts.ts'

/** The connector needs no setting, so it requires the word `on`: otherwise it would be on in every hub. */
export const config = z.object({
  PRINT: z.literal('on', { error: 'is not "on"' }).describe('on: print what comes, to the log; leave it out: off.'),
  PRINT_EVENTS: eventPatterns([]).describe(
    'Event types that are printed too, comma-separated: user.lifecycle.*, or * for all.',
  ),
})

export type PrintConfig = z.output<typeof config>

/**
 * Prints events and requests to the log, to show that they arrive. It is not for production: no system is asked or
 * changed, so a provision "succeeds" with nothing given, and every request is valid.
 */
export default defineConnector({
  id: 'print',
  config,
  hears: ({ config, type }) => config.PRINT_EVENTS.some((pattern) => matchesPattern({ pattern, type })),
  on: {
    '*': ({ event, log }) => log.info(describeEvent(event), 'An event came'),
  },
  provision: ({ request, log }) => log.info(describeRequest(request), 'Access would be given; nothing was'),
  deprovision: ({ request, log }) => log.info(describeRequest(request), 'Access would be taken away; nothing was'),
  validate: ({ request, log }) => {
    log.info(describeRequest(request), 'A request is to be validated; "print" accepts every one')
    return accept()
  },
  preapprove: ({ request, log }) => {
    log.info(describeRequest(request), 'A request is to be pre-approved; "print" leaves it to people')
    return needsApproval('The connector "print" only prints requests; a person has to decide.')
  },
})
