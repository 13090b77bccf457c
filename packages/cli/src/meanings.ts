/** What each status of an event says. */
export const statusMeanings: Readonly<Record<string, string>> = {
  attempted: 'was about to be done; an outcome follows, or the process ended before it was known',
  success: 'was done',
  failure: 'was tried and not done',
  denied: 'was refused: whoever tried was not allowed to',
}

/** What the library's own events say. */
export const factMeanings: Readonly<Record<string, string>> = {
  'audit:opened': 'A process opened the trail',
  'audit:closed': 'A process closed the trail in order; where it is missing at the end, the process was ended from outside',
  'audit:lost': 'Events are in no log, or did not reach a sink; it says which and how many',
  'audit:recovered': 'Something was wrong with a log, and the trail went on',
  'audit:released':
    'A person released held lines, although nothing shows that the service wrote them; their events have metadata.released',
  'audit:sealed': 'A checkpoint was made over all events before it',
  'audit:key-rotated': 'Other keys sign the checkpoints from here on',
  'audit:trimmed': 'The oldest events were removed to make room, or because of their age',
  'audit:purged': 'Dead letters were removed for good',
  'audit:replayed': 'Dead letters that cannot be compared with a checkpoint were sent anyway',
  'audit:refused': 'A sink refused events for good; they are dead letters now',
  'audit:suppressed': 'Many denials of nobody in particular were counted instead of recorded',
}
