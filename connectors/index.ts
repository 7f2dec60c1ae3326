import type { Connector } from '../src/index.ts'
import alerts from './alerts/index.ts'
import auth0 from './auth0/index.ts'
import github from './github/index.ts'
import knowbe4 from './knowbe4/index.ts'
import okta from './okta/index.ts'
import pagerduty from './pagerduty/index.ts'
import print from './print/index.ts'
import relay from './relay/index.ts'
import slack from './slack/index.ts'
import zendesk from './zendesk/index.ts'

/** The installed connectors. Add yours here. */
export const connectors: readonly Connector[] = [
  okta,
  auth0,
  alerts,
  print,
  relay,
  slack,
  knowbe4,
  pagerduty,
  github,
  zendesk,
]
