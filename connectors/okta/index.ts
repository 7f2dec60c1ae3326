import { defineConnector } from '../../src/index.ts'
import { connectOkta } from './client.ts'
import { config } from './config.ts'
import { doctor } from './doctor.ts'
import { holders } from './holders.ts'
import { installHookCommand } from './install-hook-command.ts'
import { list } from './list.ts'
import { read } from './read.ts'

/** Okta as an authority: it says who a person is and whether they may come in. */
export default defineConnector({
  id: 'okta',
  config,
  connect: ({ config, fetch, retry }) =>
    connectOkta({ orgUrl: config.OKTA_ORG_URL, credential: config, scopes: ['okta.users.read'], fetch, retry }),
  read,
  holders,
  list,
  doctor,
  commands: { 'install-hook': installHookCommand },
})
