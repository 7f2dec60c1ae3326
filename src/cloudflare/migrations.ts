import type { Migration } from '../journal/index.ts'
import text0001 from '../journal/migrations/0001_journal.sql'
import text0002 from '../journal/migrations/0002_brake.sql'
import text0003 from '../journal/migrations/0003_source.sql'
import text0004 from '../journal/migrations/0004_adoption.sql'
import text0005 from '../journal/migrations/0005_inline.sql'
import text0006 from '../journal/migrations/0006_lean.sql'
import text0007 from '../journal/migrations/0007_works_with.sql'
import text0008 from '../journal/migrations/0008_codes.sql'
import text0009 from '../journal/migrations/0009_codes_of_old_rows.sql'
import text0010 from '../journal/migrations/0010_functions.sql'
import text0011 from '../journal/migrations/0011_event_parts.sql'
import text0012 from '../journal/migrations/0012_alert_hour.sql'
import text0013 from '../journal/migrations/0013_message.sql'
import text0014 from '../journal/migrations/0014_deny_first.sql'
import text0015 from '../journal/migrations/0015_fold_email.sql'
import text0016 from '../journal/migrations/0016_verification.sql'
import text0017 from '../journal/migrations/0017_invited.sql'
import text0018 from '../journal/migrations/0018_operator_order.sql'
import text0019 from '../journal/migrations/0019_alert.sql'
import text0020 from '../journal/migrations/0020_trace.sql'
import text0021 from '../journal/migrations/0021_verification_seen.sql'
import text0022 from '../journal/migrations/0022_sighting_begins.sql'
import text0023 from '../journal/migrations/0023_by_key.sql'
import text0024 from '../journal/migrations/0024_before_the_write.sql'
import text0025 from '../journal/migrations/0025_statistics.sql'
import text0026 from '../journal/migrations/0026_brake_turn.sql'
import text0027 from '../journal/migrations/0027_slices.sql'
import text0028 from '../journal/migrations/0028_operator_reads.sql'
import text0029 from '../journal/migrations/0029_event_requests.sql'
import text0030 from '../journal/migrations/0030_attempt_evidence.sql'
import text0031 from '../journal/migrations/0031_settle_as_sets.sql'
import text0032 from '../journal/migrations/0032_cache_probe.sql'
import text0033 from '../journal/migrations/0033_token.sql'
import text0034 from '../journal/migrations/0034_claim_named.sql'
import text0035 from '../journal/migrations/0035_renew_held.sql'
import text0036 from '../journal/migrations/0036_mark_denied.sql'
import text0037 from '../journal/migrations/0037_audit.sql'
import text0038 from '../journal/migrations/0038_acts_about.sql'
import text0039 from '../journal/migrations/0039_request_key.sql'
import text0040 from '../journal/migrations/0040_record_denials.sql'
import text0041 from '../journal/migrations/0041_session.sql'
import text0042 from '../journal/migrations/0042_batch.sql'
import text0043 from '../journal/migrations/0043_signin_start.sql'
import text0044 from '../journal/migrations/0044_batch_direction.sql'
import text0045 from '../journal/migrations/0045_retention.sql'
import text0046 from '../journal/migrations/0046_call_budget.sql'
import text0047 from '../journal/migrations/0047_batch_terms.sql'
import text0048 from '../journal/migrations/0048_good_callers.sql'

/**
 * The steps of the schema that this code knows: a Worker reads no files, so the bundler puts their texts in here. The
 * Worker compares them with what the database holds, and applies none. A test compares the list with the folder.
 */
export const migrations: readonly Migration[] = [
  { number: 1, name: '0001_journal.sql', text: text0001 },
  { number: 2, name: '0002_brake.sql', text: text0002 },
  { number: 3, name: '0003_source.sql', text: text0003 },
  { number: 4, name: '0004_adoption.sql', text: text0004 },
  { number: 5, name: '0005_inline.sql', text: text0005 },
  { number: 6, name: '0006_lean.sql', text: text0006 },
  { number: 7, name: '0007_works_with.sql', text: text0007 },
  { number: 8, name: '0008_codes.sql', text: text0008 },
  { number: 9, name: '0009_codes_of_old_rows.sql', text: text0009 },
  { number: 10, name: '0010_functions.sql', text: text0010 },
  { number: 11, name: '0011_event_parts.sql', text: text0011 },
  { number: 12, name: '0012_alert_hour.sql', text: text0012 },
  { number: 13, name: '0013_message.sql', text: text0013 },
  { number: 14, name: '0014_deny_first.sql', text: text0014 },
  { number: 15, name: '0015_fold_email.sql', text: text0015 },
  { number: 16, name: '0016_verification.sql', text: text0016 },
  { number: 17, name: '0017_invited.sql', text: text0017 },
  { number: 18, name: '0018_operator_order.sql', text: text0018 },
  { number: 19, name: '0019_alert.sql', text: text0019 },
  { number: 20, name: '0020_trace.sql', text: text0020 },
  { number: 21, name: '0021_verification_seen.sql', text: text0021 },
  { number: 22, name: '0022_sighting_begins.sql', text: text0022 },
  { number: 23, name: '0023_by_key.sql', text: text0023 },
  { number: 24, name: '0024_before_the_write.sql', text: text0024 },
  { number: 25, name: '0025_statistics.sql', text: text0025 },
  { number: 26, name: '0026_brake_turn.sql', text: text0026 },
  { number: 27, name: '0027_slices.sql', text: text0027 },
  { number: 28, name: '0028_operator_reads.sql', text: text0028 },
  { number: 29, name: '0029_event_requests.sql', text: text0029 },
  { number: 30, name: '0030_attempt_evidence.sql', text: text0030 },
  { number: 31, name: '0031_settle_as_sets.sql', text: text0031 },
  { number: 32, name: '0032_cache_probe.sql', text: text0032 },
  { number: 33, name: '0033_token.sql', text: text0033 },
  { number: 34, name: '0034_claim_named.sql', text: text0034 },
  { number: 35, name: '0035_renew_held.sql', text: text0035 },
  { number: 36, name: '0036_mark_denied.sql', text: text0036 },
  { number: 37, name: '0037_audit.sql', text: text0037 },
  { number: 38, name: '0038_acts_about.sql', text: text0038 },
  { number: 39, name: '0039_request_key.sql', text: text0039 },
  { number: 40, name: '0040_record_denials.sql', text: text0040 },
  { number: 41, name: '0041_session.sql', text: text0041 },
  { number: 42, name: '0042_batch.sql', text: text0042 },
  { number: 43, name: '0043_signin_start.sql', text: text0043 },
  { number: 44, name: '0044_batch_direction.sql', text: text0044 },
  { number: 45, name: '0045_retention.sql', text: text0045 },
  { number: 46, name: '0046_call_budget.sql', text: text0046 },
  { number: 47, name: '0047_batch_terms.sql', text: text0047 },
  { number: 48, name: '0048_good_callers.sql', text: text0048 },
]
