import { connectionsUsed } from './connections-used.ts'
import type { Symptom } from './finding.ts'
import { thinkMicros } from './latency.ts'
import { transferMicros } from './replayed-turns.ts'
import type { CommandRecord, RunProfile } from './run-profile.ts'
import { blameOf, commandsLike, nameOf, placeOf, receivedOctets, shareOf } from './run-reading.ts'
import { median, sayMicros, sayShare } from './say-numbers.ts'
import { simulate } from './simulate.ts'

/** A server that answers sooner is not slow: microseconds. */
const slowAnswer = 5000
/** Whoever waits for so long wants to know it, however soon each answer came: microseconds. */
const longRun = 10_000_000
/** What all connections received together in a microsecond, that is, in MB/s: as much is no narrow link. */
const wideRate = 20

/** Waits for a server, by state. */
export function serverSymptoms(run: RunProfile): readonly Symptom[] {
  return [latency(run), bandwidth(run), connecting(run), backoff(run)]
}

function latency(run: RunProfile): Symptom {
  const states = ['wait: first byte']
  const place = placeOf(run, states)
  const share = shareOf(run, blameOf(run, states))
  const typical = median(commandsLike(run, place).map(thinkMicros))
  const what = `waiting for the first octet of ${nameOf(place)}: median ${sayMicros(typical)} per command`
  return {
    cause: 'latency',
    share,
    ...place,
    isIll: typical >= slowAnswer || run.elapsedMicros >= longRun,
    pace: `the server's answers, of which each took ${sayMicros(typical)}`,
    sentence: `${sayShare(share)} ${what}. ${moreConnections(run, 'faster at best')}`,
  }
}

function bandwidth(run: RunProfile): Symptom {
  const states = ['wait: transfer']
  const place = placeOf(run, states)
  const micros = blameOf(run, states)
  const share = shareOf(run, micros)
  const rate = rateText(commandsLike(run, place))
  return {
    cause: 'bandwidth',
    share,
    ...place,
    isIll: receivedOctets(run) / Math.max(1, micros) < wideRate,
    pace: `the link (${rate} per connection)`,
    sentence: `${sayShare(share)} receiving ${nameOf(place)}: ${rate} per connection. ${moreConnections(run, 'faster if the limit is for each connection')}`,
  }
}

function connecting(run: RunProfile): Symptom {
  const states = ['wait: connect', 'wait: tls', 'wait: auth']
  const place = placeOf(run, states)
  const share = shareOf(run, blameOf(run, states))
  const sentence = `${sayShare(share)} making connections to the server of ${nameOf(place)}. If that is always so, look at the network and at the server's log.`
  return { cause: 'connecting', share, ...place, isIll: true, pace: 'the logins', sentence }
}

function backoff(run: RunProfile): Symptom {
  const states = ['wait: backoff']
  const place = placeOf(run, states)
  const share = shareOf(run, blameOf(run, states))
  const sentence = `${sayShare(share)} waiting because the server of ${nameOf(place)} asked for it, or was not there. Sync less often, or with fewer \`connections\`.`
  return { cause: 'backoff', share, ...place, isIll: true, pace: 'a server that wants less', sentence }
}

function moreConnections(run: RunProfile, how: string): string {
  const used = connectionsUsed(run.commands)
  const twice = used * 2
  const gain = simulate(run.commands, { connections: used }) / simulate(run.commands, { connections: twice })
  if (!Number.isFinite(gain) || gain < 1.1)
    return 'More connections would not help: the commands follow from each other.'
  return `${twice} connections would be ${gain.toFixed(1)} times ${how}.`
}

function rateText(commands: readonly CommandRecord[]): string {
  const rates = commands
    .filter(({ firstAt, endedAt, receivedOctets: octets }) => endedAt > firstAt && octets > 10_000)
    .map((command) => command.receivedOctets / transferMicros(command))
  const perSecond = median(rates) * 1e6
  return perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(1)} MB/s` : `${Math.round(perSecond / 1000)} kB/s`
}
