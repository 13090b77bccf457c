// The vocabulary that decides if a key names a secret. A word is lower-case ASCII, or of another script. Phrases are words with
// spaces between.

const list = (words: string): readonly string[] => words.trim().split(/\s+/)
const pairs = (firsts: string, seconds: string): readonly string[] =>
  list(firsts).flatMap((first) => list(seconds).map((second) => `${first} ${second}`))

const owners = `
  user username db database admin root smtp mail email imap pop ftp sftp ssh sudo login account acct my mysql pg postgres redis mongo
  sql server client app bot git svn registry docker npm proxy http basic wifi wlan router key keystore store truststore cert ldap
  new old current confirm confirmed repeat retype verify default initial temp temporary master encrypted hashed plain reset auth`

/** Words that name a secret wherever they stand in a key: `dbPassword`, `tokenValue`, `refresh_tokens`. */
export const secretWords: ReadonlySet<string> = new Set([
  ...list('password passwords passwd passwds pwd pwds passphrase passphrases passcode passcodes htpasswd'),
  ...list('secret secrets token tokens jwt jwts bearer credential credentials creds cred keytab kubeconfig'),
  ...list('cookie cookies csrf xsrf sessid phpsessid jsessionid aspsessionid'),
  ...list('otp otps totp hotp otpauth cvv cvc mnemonic mnemonics'),
  ...list('psk psks presharedkey privkey privkeys xprv magstripe dockerconfigjson'),
  // German, French, Spanish, Portuguese, Dutch, Polish, Czech, Swedish, Danish, Finnish, Hungarian, Turkish, Croatian, Slovene,
  // Estonian and Lithuanian.
  ...list('passwort passworter passwoerter kennwort kennworter mdp contrasena contrasenas contrasenya senha senhas wachtwoord'),
  ...list('haslo heslo losenord adgangskode salasana jelszo sifre geheimnis lozinka geslo parool slaptazodis'),
  ...list('пароль пароли парола סיסמה 密码 密碼 パスワード 비밀번호'),
])

/**
 * Words that name other things as well: an ERC-20 token, a lapel pin, a cookie recipe. Before another word they name a secret
 * only if all the words after them are of `carriers`: `tokenValue`, and not `tokenStandard`.
 */
export const ambiguousWords: ReadonlySet<string> = new Set(
  list('token tokens cookie cookies bearer credential credentials cred otp otps totp hotp jwt jwts'),
)

/** Keys that are a secret's name as a whole, and say something else within a longer one: `pass` and `boardingPass`. */
export const secretNames: ReadonlySet<string> = new Set([
  ...list('pass passw psw pw pin auth oauth xauth session sid salt seed sig signature hmac pem pfx p12 dsn otc puk passkey'),
  ...list('authorization authorisation assertion clave parola creditcardcode cvn csc ccv'),
])

/** Words that add the owner or the form of a secret. They do not change the meaning of the word before them. */
export const carriers: ReadonlySet<string> = new Set([
  ...list(owners),
  ...list('value values hash hashes digest string str data raw enc base hex key keys code codes header headers signed'),
  ...list('access refresh id bearer session csrf api service private public secret secrets token tokens cookie jwt again input'),
  ...list(
    'github gitlab slack stripe twilio aws gcp azure google facebook openai prod production dev development staging test live',
  ),
])

/** The same after the number of a card, an account or a person. */
export const numberCarriers: ReadonlySet<string> = new Set(
  list('number numbers num no pan value values hash digest string encrypted hashed plain raw new old current input'),
)

/** Before `pin` as the last word: those who enter one, and what it opens. Any other pin holds, marks or connects something. */
export const pinOwners: ReadonlySet<string> = new Set([
  ...list(owners),
  ...list(`card atm sim access security unlock device customer employee staff member cashier operator manager driver parent parental
    child transaction payment bank debit credit my your voicemail phone mobile door alarm gate vault wallet locker entry host guest
    meeting conference smart piv token puk sms entered given signing pairing two one time hash pin code`),
])

/** Two or three words that name a secret together, wherever they stand in a key. */
export const secretPhrases: ReadonlySet<string> = new Set([
  ...pairs(owners, 'pass pw psw'),
  ...pairs('pass', 'word words phrase code wd hash confirm confirmation new old salt encrypted hint text again repeat value'),
  ...pairs(
    `api access private secret signing sign encryption encrypt decryption decrypt master root ssh rsa dsa ecdsa pgp gpg hmac aes auth
     app account shared session license licence activation symmetric deploy deployment wrapping recovery subscription stream role
     tls ssl unseal write admin wallet webhook cert certificate
     wpa wep enc pem sas storage consumer priv`,
    'key keys',
  ),
  'client key data',
  'key pem',
  'key material',
  'pre shared key',
  'kube config',
  'access key id',
  'service account json',
  ...pairs(
    `security verification verify mfa factor tfa sms recovery backup reset auth authentication authorization authorisation oauth
     confirmation confirm activation login access pin invite invitation pairing device unlock scratch magic challenge`,
    'code codes',
  ),
  'one time code',
  'sign in code',
  'code verifier',
  'oauth verifier',
  ...pairs('puk', 'code codes'),
  ...pairs('card', 'verification'),
  ...pairs('security secret challenge', 'answer answers'),
  ...pairs(
    `database db mongo mongodb postgres postgresql pg mysql mariadb redis amqp rabbitmq jdbc sql mssql broker celery cloudinary smtp
     sentry cassandra elastic elasticsearch kafka ldap memcached nats clickhouse couchdb`,
    'url uri dsn connection',
  ),
  ...pairs('connection conn', 'string strings str uri url'),
  ...pairs('sas otpauth', 'url uri'),
  ...pairs('sk', 'live test'),
  ...pairs('slack discord teams', 'webhook webhooks'),
  ...pairs('github gitlab azure', 'pat'),
  ...pairs(
    'magic reset invite invitation activation verification verify confirmation signed presigned webhook',
    'url uri link href',
  ),
  ...pairs('login', 'link'),
  ...pairs('seed recovery backup mnemonic', 'phrase phrases words'),
  ...pairs('wallet master hd', 'seed'),
  ...pairs('laravel rack flask django', 'session'),
  ...pairs('bcrypt argon scrypt salted', 'hash'),
  ...pairs('pw psw', 'salt hash'),
  ...pairs('id', 'rsa dsa ecdsa'),
  ...pairs('snmp', 'community'),
  ...pairs('session sess', 'id ids key keys hash cookie ticket sid'),
  ...pairs('connect koa express', 'sid sess'),
  ...pairs('auth authorization authorisation authentication', 'header headers string data'),
  ...pairs('basic http proxy digest docker registry npm smtp', 'auth'),
  ...pairs('proxy x http headers header request', 'authorization authorisation'),
  ...pairs('saml', 'response request assertion'),
  ...pairs('client jwt', 'assertion'),
  ...pairs('hub amz goog x webhook request access', 'signature'),
  ...pairs('pin', 'code codes number hash value block digits encrypted hashed confirm confirmation new old'),
  ...pairs('mot mots', 'passe'),
  'mot de passe',
  'mots de passe',
  'palavra passe',
  'mat khau',
  'kata sandi',
  'clave privada',
  'clave secreta',
  'clave acceso',
])

/** Secret as well, but numbers of someone or something: they may be hashed, so that they can be searched for. */
export const numberWords: ReadonlySet<string> = new Set(list('ssn iban aadhaar personnummer'))
export const numberNames: ReadonlySet<string> = new Set(list('pan ccnum ccnumber ccno cardno cardnum nino cpf curp bsn'))
export const numberPhrases: ReadonlySet<string> = new Set([
  ...pairs('social', 'security insurance'),
  ...pairs('credit debit bank', 'card cards'),
  ...pairs('card cards cc', 'number numbers num no pan'),
  ...pairs('pan', 'number no'),
  ...pairs('account', 'number numbers no'),
  ...pairs('acct', 'number numbers num no'),
  ...pairs('routing aba', 'number numbers'),
  ...pairs('bank', 'account accounts'),
  'sort code',
  ...pairs('tax taxpayer', 'id ids number numbers identification'),
  ...pairs('national', 'id ids identification insurance'),
  ...pairs('passport', 'number numbers no num'),
  ...pairs('driver drivers driving', 'license licence'),
  'codice fiscale',
  'steuer id',
])

/** Last words that say something about a secret: `passwordPolicy`, `tokenCount`, `apiKeyId`, `cookie_consent`, `otpEnabled`. */
export const aboutWords: ReadonlySet<string> = new Set(
  list(`
    count counts total totals amount length size limit limits max min maximum minimum quota budget usage used remaining percent
    price cost costs rate rates balance supply decimals symbol
    at on in by date dates day days time timestamp ts expiry expires expiration expired expire age ttl lifetime duration timeout
    interval window seconds minutes hours
    enabled disabled required optional valid invalid validity verified confirmed changed updated created rotated revoked issued
    set present exists missing available supported allowed needed accepted requested sent delivered complete completed success
    reset rotation renewal recovered failed
    type types kind kinds class category group level tier plan mode method methods status state version versions format encoding
    algorithm alg algo strength score entropy bits rule rules requirement requirements policy policies complexity classification
    scope scopes audience issuer domain provider providers service services server endpoint url uri manager store handler factory
    generator validator parser schema template source owner role roles permission permissions
    id ids name names ref reference arn path file filename dir directory location prefix address fingerprint thumbprint
    field fields column columns index position order label title description message messages error errors reason help placeholder
    button screen page form view dialog notice banner tip tips guide guides advice feature features email open pool consent preferences settings config options event events
    attempt attempts tries retries failures result results santa question questions`),
)

/** First words of a yes or no, or of a quantity: `hasPassword`, `requiresOtp`, `maxTokens`. */
export const predicates: ReadonlySet<string> = new Set(
  list(`
    is has was are can should must may need needs require requires allow allows enable enables disable show hide no without force
    skip use uses support supports num number total count max min avg average expected`),
)

/** Before `token` and `tokens`: the tokens of language models, and those of the next page. */
export const countedTokens: ReadonlySet<string> = new Set(
  list(`
    prompt completion input output cached cache reasoning remaining used context estimated total max min per
    page next continuation pagination sync design`),
)

/** All words; a key without boundaries is split into them: `dbpassword`, `accesstoken`, `tokencount`. */
export const vocabulary: ReadonlySet<string> = new Set(
  [
    ...[secretWords, secretPhrases, numberWords, numberPhrases, aboutWords, predicates, countedTokens].flatMap((words) =>
      [...words].flatMap((phrase) => phrase.split(' ')),
    ),
    ...list(
      'keyword keywords pin pan refresh bearer id user x hash salt digest hint value data base64 new old current repeat again key keys code codes',
    ),
  ].filter((word) => word.length > 1 || word === 'x'),
)
