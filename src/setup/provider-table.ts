import type { OauthProvider } from './new-account.ts'

/** What is known of a mail provider without asking anybody. How many connections and octets it bears stands in model/provider.ts. */
export interface Provider {
  readonly name: string
  /** Domains of its own addresses. */
  readonly domains: readonly string[]
  /** What the names of its mail exchangers end in, for the domains of its customers. */
  readonly mx: readonly string[]
  /** `host`, `host:port` or `host:port+starttls`; undefined: it offers no IMAP. */
  readonly imap: string | undefined
  readonly smtp: string | undefined
  /** Default: the address. */
  readonly user?: 'local-part'
  readonly oauth?: OauthProvider
  readonly isOauthOnly?: true
  readonly hints?: readonly string[]
}

const appPassword =
  'it takes no usual password from programs: make an app password in the security settings of the account'
const switchedOn = 'IMAP must be switched on in the settings of the mailbox at its web site'
const authorizationCode = 'in place of the password it wants an authorization code, which its web site makes'

function provider(
  name: string,
  servers: Pick<Provider, 'imap' | 'smtp'>,
  rest: Partial<Omit<Provider, 'name' | 'imap' | 'smtp'>>,
): Provider {
  return { domains: [], mx: [], ...rest, name, ...servers }
}

/** Servers of one host name. */
const both = (host: string): Pick<Provider, 'imap' | 'smtp'> => ({ imap: host, smtp: host })
/** `imap.` and `smtp.` of a domain. */
const usual = (domain: string): Pick<Provider, 'imap' | 'smtp'> => ({ imap: `imap.${domain}`, smtp: `smtp.${domain}` })

/** Ports and names as the providers publish them for mail programs, as of November 2026. */
export const providers: readonly Provider[] = [
  provider('Gmail', usual('gmail.com'), {
    domains: ['gmail.com', 'googlemail.com'],
    mx: ['google.com', 'googlemail.com'],
    oauth: 'google',
    hints: [
      'Google takes an app password (which needs 2-step verification), or OAuth with a client id of your own',
      'in the settings of Gmail, All Mail must be shown in IMAP, or only labelled mail is mirrored',
    ],
  }),
  provider(
    'Outlook.com',
    { imap: 'outlook.office365.com', smtp: 'smtp-mail.outlook.com:587+starttls' },
    {
      domains: [
        'outlook.com',
        'outlook.de',
        'outlook.fr',
        'outlook.es',
        'outlook.it',
        'outlook.jp',
        'hotmail.com',
        'hotmail.de',
        'hotmail.fr',
        'hotmail.it',
        'hotmail.es',
        'hotmail.co.uk',
        'live.com',
        'live.de',
        'live.fr',
        'live.nl',
        'live.co.uk',
        'msn.com',
        'passport.com',
      ],
      oauth: 'microsoft',
      isOauthOnly: true,
      hints: ['Microsoft lets programs in by OAuth only', switchedOn],
    },
  ),
  provider(
    'Microsoft 365',
    { imap: 'outlook.office365.com', smtp: 'smtp.office365.com:587+starttls' },
    {
      mx: ['mail.protection.outlook.com', 'mx.microsoft'],
      oauth: 'microsoft',
      isOauthOnly: true,
      hints: ['Microsoft lets programs in by OAuth only; the organisation may have to allow it'],
    },
  ),
  provider('Yahoo', usual('mail.yahoo.com'), {
    domains: [
      'yahoo.com',
      'ymail.com',
      'rocketmail.com',
      'yahoo.de',
      'yahoo.fr',
      'yahoo.it',
      'yahoo.es',
      'yahoo.ca',
      'yahoo.co.uk',
      'yahoo.co.in',
      'yahoo.com.br',
      'yahoo.com.au',
      'myyahoo.com',
    ],
    mx: ['yahoodns.net'],
    hints: [appPassword],
  }),
  provider('AOL', usual('aol.com'), { domains: ['aol.com', 'aim.com', 'verizon.net'], hints: [appPassword] }),
  provider(
    'iCloud',
    { imap: 'imap.mail.me.com', smtp: 'smtp.mail.me.com:587+starttls' },
    { domains: ['icloud.com', 'me.com', 'mac.com'], mx: ['mail.icloud.com'], user: 'local-part', hints: [appPassword] },
  ),
  provider(
    'GMX',
    { imap: 'imap.gmx.net', smtp: 'mail.gmx.net' },
    { domains: ['gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch', 'gmx.eu'], mx: ['gmx.net'], hints: [switchedOn] },
  ),
  provider(
    'GMX.com',
    { imap: 'imap.gmx.com', smtp: 'mail.gmx.com' },
    { domains: ['gmx.com', 'gmx.us', 'gmx.co.uk', 'gmx.fr'], hints: [switchedOn] },
  ),
  provider(
    'WEB.DE',
    { imap: 'imap.web.de', smtp: 'smtp.web.de:587+starttls' },
    { domains: ['web.de'], mx: ['web.de'], hints: [switchedOn] },
  ),
  provider('mail.com', usual('mail.com'), { domains: ['mail.com', 'email.com', 'usa.com'], hints: [switchedOn] }),
  provider('IONOS', usual('ionos.de'), { mx: ['kundenserver.de', 'ionos.de'] }),
  provider('IONOS', usual('ionos.com'), { mx: ['ionos.com', 'perfora.net', '1and1.com'] }),
  provider(
    'T-Online',
    { imap: 'secureimap.t-online.de', smtp: 'securesmtp.t-online.de' },
    {
      domains: ['t-online.de', 'magenta.de'],
      hints: ['it wants the password for mail programs, which is made in its customer centre'],
    },
  ),
  provider(
    'freenet',
    { imap: 'mx.freenet.de', smtp: 'mx.freenet.de:587+starttls' },
    { domains: ['freenet.de'], hints: [switchedOn] },
  ),
  provider('Posteo', both('posteo.de'), {
    domains: ['posteo.de', 'posteo.net', 'posteo.org', 'posteo.eu', 'posteo.at', 'posteo.ch'],
  }),
  provider('mailbox.org', usual('mailbox.org'), { domains: ['mailbox.org'], mx: ['mailbox.org'] }),
  provider('STRATO', usual('strato.de'), { mx: ['rzone.de'] }),
  provider('Hetzner', both('mail.your-server.de'), { mx: ['your-server.de'] }),
  provider('Fastmail', usual('fastmail.com'), {
    domains: ['fastmail.com', 'fastmail.fm', 'fastmail.de', 'sent.com', 'fastmail.net', 'fastmail.org'],
    mx: ['messagingengine.com'],
    hints: [appPassword],
  }),
  provider(
    'Proton Mail',
    { imap: '127.0.0.1:1143+starttls', smtp: '127.0.0.1:1025+starttls' },
    {
      domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
      mx: ['protonmail.ch'],
      hints: [
        'Proton Mail Bridge must be running on this machine; it shows the password for mail programs, and signs its own certificate',
      ],
    },
  ),
  provider(
    'Tuta',
    { imap: undefined, smtp: undefined },
    {
      domains: ['tuta.com', 'tutanota.com', 'tutanota.de', 'tutamail.com', 'tuta.io', 'keemail.me'],
      mx: ['tutanota.de'],
      hints: ['it offers no IMAP: its mail can only be exported by its own program'],
    },
  ),
  provider('Zoho', usual('zoho.com'), { domains: ['zoho.com', 'zohomail.com'], hints: [switchedOn] }),
  provider('Zoho', usual('zoho.eu'), { domains: ['zoho.eu', 'zohomail.eu'], hints: [switchedOn] }),
  provider('Zoho', { imap: 'imappro.zoho.com', smtp: 'smtppro.zoho.com' }, { mx: ['zoho.com'], hints: [switchedOn] }),
  provider('Zoho', { imap: 'imappro.zoho.eu', smtp: 'smtppro.zoho.eu' }, { mx: ['zoho.eu'], hints: [switchedOn] }),
  provider('Yandex', usual('yandex.com'), {
    domains: ['yandex.com', 'yandex.ru', 'ya.ru', 'yandex.by', 'yandex.kz'],
    mx: ['yandex.net', 'yandex.ru'],
    hints: [switchedOn, appPassword],
  }),
  provider('Mail.ru', usual('mail.ru'), {
    domains: ['mail.ru', 'inbox.ru', 'list.ru', 'bk.ru', 'internet.ru'],
    mx: ['mail.ru'],
    hints: [appPassword],
  }),
  provider('Rambler', usual('rambler.ru'), { domains: ['rambler.ru', 'lenta.ru', 'ro.ru'], hints: [switchedOn] }),
  provider('QQ Mail', usual('qq.com'), {
    domains: ['qq.com', 'foxmail.com'],
    hints: [switchedOn, authorizationCode],
  }),
  provider('163', usual('163.com'), { domains: ['163.com'], hints: [switchedOn, authorizationCode] }),
  provider('126', usual('126.com'), { domains: ['126.com'], hints: [switchedOn, authorizationCode] }),
  provider('Naver', usual('naver.com'), { domains: ['naver.com'], hints: [switchedOn, appPassword] }),
  provider('Daum', usual('daum.net'), { domains: ['daum.net', 'hanmail.net'], hints: [switchedOn, appPassword] }),
  provider('Orange', usual('orange.fr'), { domains: ['orange.fr', 'wanadoo.fr'], hints: [switchedOn] }),
  provider('Free', usual('free.fr'), { domains: ['free.fr'], user: 'local-part' }),
  provider('SFR', usual('sfr.fr'), { domains: ['sfr.fr', 'neuf.fr', 'cegetel.net'] }),
  provider('La Poste', usual('laposte.net'), { domains: ['laposte.net'] }),
  provider('OVHcloud', both('ssl0.ovh.net'), { mx: ['mail.ovh.net', 'ovh.net'] }),
  provider('Gandi', both('mail.gandi.net'), { mx: ['mail.gandi.net'] }),
  provider('Infomaniak', both('mail.infomaniak.com'), {
    domains: ['ik.me', 'ikmail.com', 'etik.com'],
    mx: ['infomaniak.ch'],
    hints: [appPassword],
  }),
  provider(
    'Libero',
    { imap: 'imapmail.libero.it', smtp: 'smtp.libero.it' },
    { domains: ['libero.it', 'iol.it', 'inwind.it'] },
  ),
  provider('Aruba', { imap: 'imaps.aruba.it', smtp: 'smtps.aruba.it' }, { mx: ['aruba.it'] }),
  provider('Seznam', usual('seznam.cz'), {
    domains: ['seznam.cz', 'email.cz', 'post.cz', 'spoluzaci.cz'],
    mx: ['seznam.cz'],
    hints: [switchedOn],
  }),
  provider('WP', usual('wp.pl'), { domains: ['wp.pl'], hints: [switchedOn] }),
  provider('Onet', usual('poczta.onet.pl'), {
    domains: ['onet.pl', 'op.pl', 'vp.pl', 'onet.eu', 'poczta.onet.pl'],
    hints: [switchedOn],
  }),
  provider('Interia', both('poczta.interia.pl'), { domains: ['interia.pl', 'interia.eu', 'poczta.fm'] }),
  provider(
    'Xfinity',
    { imap: 'imap.comcast.net', smtp: 'smtp.comcast.net:587+starttls' },
    {
      domains: ['comcast.net'],
      hints: ['access of other programs must be allowed in the mail settings at its web site'],
    },
  ),
  provider('AT&T', usual('mail.att.net'), {
    domains: ['att.net', 'sbcglobal.net', 'bellsouth.net', 'pacbell.net'],
    hints: ['in place of the password it wants a secure mail key, which the profile of the account makes'],
  }),
  provider('BT', both('mail.btinternet.com'), { domains: ['btinternet.com', 'btopenworld.com'] }),
  provider('Rackspace', both('secure.emailsrvr.com'), { mx: ['emailsrvr.com'] }),
  provider(
    'GoDaddy',
    { imap: 'imap.secureserver.net', smtp: 'smtpout.secureserver.net' },
    { mx: ['secureserver.net'] },
  ),
  provider('Private Email', both('mail.privateemail.com'), { mx: ['privateemail.com'] }),
  provider('Migadu', usual('migadu.com'), { mx: ['migadu.com'] }),
  provider('Purelymail', usual('purelymail.com'), { mx: ['purelymail.com'] }),
  provider('DreamHost', usual('dreamhost.com'), { mx: ['dreamhost.com'] }),
  provider('Runbox', both('mail.runbox.com'), { domains: ['runbox.com'], mx: ['runbox.com'] }),
  provider('Riseup', both('mail.riseup.net'), { domains: ['riseup.net'], user: 'local-part' }),
  provider('StartMail', usual('startmail.com'), {
    domains: ['startmail.com'],
    mx: ['startmail.com'],
    hints: [switchedOn, appPassword],
  }),
  provider('Mailfence', usual('mailfence.com'), { domains: ['mailfence.com'], mx: ['mailfence.com'] }),
]
