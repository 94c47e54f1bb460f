/** Messages that exports have been known to change, split or lose. */
export const nastyMessages: readonly Buffer[] = [
  'Subject: plain\r\n\r\nHello\r\n',
  'Subject: separators\r\n\r\nFrom here on\r\n>From there\r\n>>>From far\r\nand From within\r\n\r\nFrom ada@example.org Thu Jan  1 00:00:00 1970\r\n\r\nx\r\n',
  'Subject: LF only\n\nFrom a line\n\n\nFrom another\n',
  'Subject: unfinished\r\n\r\nno line break at the end',
  'Subject: unfinished From\r\n\r\nFrom ',
  'From the first line\r\nSubject: a separator of its own\r\n\r\nx\r\n',
  'Subject: CR only\r\n\r\none\rFrom two\rthree\r',
  'Subject: NUL\r\n\r\na\0b\0\r\n',
  'Subject: 8-bit \xe9\xff\r\n\r\n\x80\xff\xfe\r\n',
  'Subject: empty lines\r\n\r\n\r\n\r\n\r\n',
  'Subject: no body\r\n',
  'no header\r\n',
  '\r\n',
  '\n',
  'From ',
  '>',
].map((text) => Buffer.from(text, 'latin1'))
