/** How a query is written, for `search --help`. */
export const queryHelp = `
Query:
  invoice ada                  both words, anywhere in a message
  "as agreed"   inv*           words in a row; the beginning of a word
  a OR b        -spam          either; without (also NOT spam)
  a (b OR c)    -(x y)         parentheses; OR binds closer than a blank
  from: to: cc: subject: body: filename:      where the words stand
  in:INBOX  mailbox:"Lists/*"  one mailbox; * stands for anything
  account:work  label:Receipts list:boring    message-id:<a@b>
  is:unread read flagged answered draft removed      has:attachment
  larger:10M    smaller:20K    K, M and G are powers of 1024
  after:2026-10-05  before:2026-10  on:2026  newer:7d  older:1y
      dates: 2026, 2026-10, 2026-10-05, 2026-10-05T14:00, 7d, 2w, 3m,
      1y, today, yesterday; after: includes its day, before: does not
  in:anywhere   is:removed     removed messages too; only those

  Case and diacritics do not count. Chinese, Japanese and Korean are found
  by any two characters in a row. in:, account:, label: and is: in one group
  are true of one and the same copy of a message; -in: and the like mean no
  copy of it. Write quotes for the shell around the whole, as in
  'subject:"two words"'. What is said after -- is all query.
`
