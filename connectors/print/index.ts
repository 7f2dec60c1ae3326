import { accept, defineConnector, matchesPattern, needsApproval } from '../../src/index.ts'
import { config } from './config.ts'
import { eventFacts, requestFacts } from './facts.ts'

/**
 * Prints what comes, to see that it comes. For looking, not for production: no system is asked or changed, so that a
 * provision "succeeds" with nothing given, and every request is valid.
 */
export default defineConnector({
  id: 'print',
  config,
  hears: ({ config, type }) => config.PRINT_EVENTS.some((pattern) => matchesPattern({ pattern, type })),
  on: {
    '*': ({ event, log }) => log.info(eventFacts(event), 'An event came'),
  },
  provision: ({ request, log }) => log.info(requestFacts(request), 'Access would be given; nothing was'),
  deprovision: ({ request, log }) => log.info(requestFacts(request), 'Access would be taken away; nothing was'),
  validate: ({ request, log }) => {
    log.info(requestFacts(request), 'A request is to be validated; "print" accepts every one')
    return accept()
  },
  preapprove: ({ request, log }) => {
    log.info(requestFacts(request), 'A request is to be pre-approved; "print" leaves it to people')
    return needsApproval('The connector "print" only prints requests; a person has to decide.')
  },
})
