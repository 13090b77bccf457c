/** The meaning of each status of an event. */
export const statusMeanings: Readonly<Record<string, string>> = {
  attempted: 'was about to be done; an outcome follows, unless the process ended first',
  success: 'was done',
  failure: 'was tried and failed',
  denied: 'was refused: the actor was not allowed to do it',
}

/** The meaning of each system event. */
export const systemEventMeanings: Readonly<Record<string, string>> = {
  'audit:opened': 'A process opened the trail',
  'audit:closed': 'A process closed the trail; if a log does not end with this event, its process runs or was ended from outside',
  'audit:lost': 'Events are not in a log, or did not reach a sink; the payload has the number and the reason',
  'audit:recovered': 'A log had a fault, and the service continued the trail; the payload has the reason',
  'audit:released':
    'A person released held lines, although nothing shows that the service wrote them; their events have metadata.released',
  'audit:sealed': 'A checkpoint covers all events before this one',
  'audit:key-rotated': 'Other keys sign the checkpoints from this event on',
  'audit:trimmed': 'The oldest events were removed to make room, or because of their age',
  'audit:purged': 'Dead letters were removed permanently',
  'audit:replayed': 'Dead letters that cannot be compared with a checkpoint were sent anyway',
  'audit:refused': 'A sink refused events permanently; they are dead letters now',
  'audit:suppressed': 'Anonymous denials above the limit were counted instead of recorded',
}
