import { describe, expect, test } from 'vitest'
import { createSecretKeys, isCredential, secretKind } from './secret-keys.ts'
import { numberNames, numberPhrases, numberWords, secretNames, secretPhrases, secretWords } from './secret-words.ts'

const keys = (text: string): readonly string[] => text.trim().split(/\s+/)

const secrets = keys(`
  pass pwd passwd passphrase password passwords PASSWORD Password userPass user_pass dbPass db_pass dbpass DB_PASSWORD dbpassword userpassword
  user_password newPassword oldPassword currentPassword passwordNew passwordOld passwordHash password_hash passwordhash hashedPassword
  password1 password2 passwordConfirm password_confirm passwordConfirmation passwordRepeat confirmPassword repeatPassword password_again
  passwordResetCode passwordHint passwordHistory smtpPassword keystorePassword rootPassword MYSQL_ROOT_PASSWORD POSTGRES_PASSWORD PGPASSWORD
  user[password] user.password user/password user:password p.a.s.s.w.o.r.d pass-word pass_word passCode passcode ftpPass adminpass
  encryptedPassword plainPassword tempPassword initialPassword sshPassphrase keyPassphrase wifiPassword bindPassword acmepassword
  secret secrets clientSecret client_secret client-secret CLIENT_SECRET clientSecretValue secretValue sharedSecret sharedSecretKey
  webhookSecret signingSecret totpSecret otpSecret jwtSecret sessionSecret appSecret consumerSecret secretAnswer stripesecret
  token tokens accessToken access_token ACCESS_TOKEN accesstoken refreshToken refreshTokens refresh_tokens idToken id_token tokenValue
  tokenHash sessionToken csrfToken _csrf xsrf-token X-CSRF-Token X-Auth-Token x-amz-security-token AWS_SESSION_TOKEN GITHUB_TOKEN
  botToken deviceToken pushToken resetToken inviteToken bearerToken authToken auth_token apiToken jwtToken mailguntoken npm_token NPM_TOKEN
  personalAccessToken verificationToken oauth2Token fcmTokens refresh-token tokenSecret
  apiKey api_key apikey apiKeys APIKEY x-api-key X-API-Key STRIPE_API_KEY apiKeyValue apiKeyHash openaiApiKey appKey app_key authKey
  auth_key masterKey encryptionKey encryption_key signingKey sshKey ssh_private_key privateKey private_key PRIVATE_KEY privateKeyPem
  private_key_pem rsaPrivateKey pgpKey gpgKey accessKey accessKeyId access_key_id secretAccessKey aws_secret_access_key awsSecretKey secretKey
  accountKey AZURE_STORAGE_ACCOUNT_KEY subscriptionKey Ocp-Apim-Subscription-Key deployKey licenseKey recoveryKey sessionKey hmacKey
  APP_KEY adminApiKey client-key-data tlsKey certificateKey serviceRoleKey writeKey unsealKeys privatekey webhookKey
  authorization Authorization AUTHORIZATION proxy-authorization Proxy-Authorization x-authorization HTTP_AUTHORIZATION authHeader
  authorizationHeader headers.authorization auth basicAuth basic_auth httpAuth proxyAuth oauth bearer jwt credential credentials
  dbCredentials userCredentials awsCredentials assertion client_assertion clientAssertion SAMLResponse saml_response
  cookie Cookie cookies Set-Cookie setCookie set_cookie sessionCookie cookieHeader signedCookies
  session sessionId session_id sessionid sessId sessid PHPSESSID JSESSIONID connect.sid sid csrf xsrf
  otp otpCode otp_code OTP totp hotp mfaCode mfa_code twoFactorCode two_factor_code 2faCode 2fa_code verificationCode verification_code
  smsCode oneTimePassword oneTimeCode one_time_code recoveryCode recoveryCodes recovery_codes backupCode backupCodes securityCode
  securityAnswer resetCode activationCode confirmationCode loginCode authCode auth_code accessCode inviteCode authorization_code
  authorizationCode code_verifier codeVerifier pairingCode deviceCode scratchCodes
  pin PIN pinCode pin_code userPin cardPin atmPin newPin pinHash pinNumber simPin
  cvv cvv2 CVV cvc cvc2 cvcCode cardCvv card_cvc
  connectionString connection_string ConnectionString databaseUrl DATABASE_URL database_url mongoUri MONGO_URI mongodbUri redisUrl REDIS_URL
  amqpUrl jdbcUrl postgresUrl dsn SENTRY_DSN dbUri
  magicLink magic_link inviteLink invitationUrl resetUrl resetLink passwordResetUrl passwordResetLink activationLink verificationUrl
  confirmationLink signedUrl presignedUrl webhook_url webhookUrl slackWebhookUrl
  seed mnemonic mnemonicPhrase seedPhrase seed_phrase recoveryPhrase walletSeed pem p12 pfx kubeconfig htpasswd keytab
  salt passwordSalt signature hmac X-Hub-Signature x-amz-signature sig
  passwort Passwort kennwort contraseña contrasena motDePasse mot_de_passe mdp senha wachtwoord hasło heslo lösenord şifre пароль 密码 パスワード 비밀번호
  新密码 确认密码 パスワード確認 비밀번호확인 סיסמה lozinka geslo parool slaptažodis mật_khẩu kata_sandi
  psk WPA_PSK wpaKey wepKey preSharedKey presharedkey privkey PRIV_KEY encKey pemKey sasKey sas_url storageKey storage_key consumer_key
  kubeConfig connString conn_str STRIPE_SK_LIVE sk_test slackWebhook DISCORD_WEBHOOK GITHUB_PAT otpauthUrl oauthVerifier pukCode xprv
  cvn CVN2 csc ccv cardVerificationValue magstripe laravel_session bcryptHash saltedHash pwSalt id_rsa snmpCommunity dockerconfigjson
  tokenGithub TOKEN_PROD tokenNew tokenRaw tokenString cookieValue cookieSecret bearerValue credentialValue jwtRaw otpHash jwtAccess secretAcme
  customerPin deviceUnlockPin parentalPin doorPin hostPin transactionPin confirmPin
  pаssword ｐａｓｓｗｏｒｄ ѕecret tоken
`)

const numbers = keys(`
  ssn SSN ssnLast4 userSsn socialSecurityNumber social_security_number creditCard credit_card creditCardNumber credit_card_number
  creditcardnumber debitCard cardNumber card_number card-number cardnumber ccNumber cc_number ccnum pan cardPan iban IBAN ibanNumber
  accountNumber account_number bankAccount bank_account bankAccountNumber routingNumber sortCode taxId tax_id TaxID taxNumber taxpayerId
  accountNo acctNumber acct_no nationalId national_id nationalInsuranceNumber passportNumber passport_no driversLicense driver_license aadhaar cpf panNumber
`)

/** Keys that contain such a word, or look like it, and name no secret. */
const innocent = keys(`
  passenger passengers compass encompass bypass passed passing passive passage passport passports passthrough overpass surpass trespass
  boardingPass seasonPass dayPass passRate passCount passThreshold passFail passingScore allPass testPass passwordless passwordlessLogin
  passwordPolicy password_policy passwordPolicyId passwordChangedAt password_changed_at passwordUpdatedAt passwordExpiresAt passwordExpiry
  passwordLength passwordMinLength passwordStrength passwordScore passwordRequired passwordEnabled passwordReset passwordResetAt
  passwordResetRequired passwordResetRequested passwordRules passwordVersion passwordAge passwordAttempts passwordSet passwordField
  passwordLabel passwordPlaceholder passwordErrors hasPassword requiresPassword isPasswordSet mustChangePassword needsPasswordReset
  tokenCount token_count tokencount tokenLimit tokenType token_type tokenUsage tokenBudget tokenExpiry tokenExpiresAt tokenExpiresIn tokenId
  tokenName tokenVersion tokenPrice tokenSymbol tokenAddress tokenDecimals tokenSupply tokenEndpoint tokenUrl tokenIssuer tokenScope
  tokenStatus tokenAlgorithm maxTokens max_tokens maxOutputTokens promptTokens completionTokens totalTokens inputTokens outputTokens
  cachedTokens cache_read_input_tokens reasoningTokens remainingTokens numTokens tokenizer tokenize tokenized tokenization tokenLifetime
  nextPageToken pageToken continuationToken nextToken syncToken designTokens hasToken isTokenValid tokenRevokedAt tokenCreatedAt
  secretary secretariat secretion secretName secretPath secretVersion secretArn secretRef secretType secretCount secretUpdatedAt isSecret
  key keys keyId keyName keyType keyword keywords keyboard keynote keyframe keyPath primaryKey foreignKey publicKey public_key publicKeys
  idempotencyKey partitionKey sortKey cacheKey routingKey translationKey objectKey flagKey projectKey messageKey hotkey monkey donkey
  turkey turnkey apiKeyId apiKeyName api_key_id apiKeyCount apiKeyCreatedAt apiKeyPrefix apiKeyStatus encryptionKeyId
  encryptionKeyVersion sshKeyFingerprint signingKeyId keyAlgorithm keyVersion
  author authors authority authorities authored authorId authorName authorize authorized authorizedBy authorizedAt unauthorized
  authentication authenticationMethod authenticated authenticatedAt authenticator authMethod authProvider authType authenticationType
  authorizationPolicy authorizationStatus authorizationUrl preAuthorization paymentAuthorization oauthProvider oauthScopes authLevel
  session_count sessionCount sessionDuration sessionTimeout sessionStart sessionName sessionType sessions trainingSession sessionExpiresAt
  cookieConsent cookie_consent cookiePolicy cookieName cookieDomain cookiePath cookiePreferences cookieBanner cookiesEnabled cookiesAccepted
  pinned pinnedAt pinnedBy isPinned unpinned pinCount pinBoard pinColor pins mapPin dropPin gpioPin spinner spinning spin opinion pineapple
  pinterest shipping mapping pingback pine pint
  panel panels panorama span expand expanded company companyName companion japan pancake pants pandas panic
  code codes codec encoder decode country countryCode currencyCode languageCode zipCode postalCode areaCode errorCode statusCode exitCode
  promoCode couponCode discountCode productCode sourceCode barcode qrCode colorCode bookingCode referralCode responseCode
  codeChallenge codeOwner dialCode
  card cardId cardType cardBrand cardLast4 cardHolder cardExpiry cardNetwork cardCount creditCardBrand creditCardLast4 creditCardType
  creditCardExpiry discard postcard dashboard wildcard cardinality scorecard businessCard
  account accountId accountName accountType accountStatus accountOwner bank bankName bankCode taxRate taxAmount taxonomy taxes taxable
  number numbers phoneNumber orderNumber invoiceNumber serialNumber trackingNumber numberOfSeats
  otpEnabled otpRequired otpExpiresAt mfaEnabled mfaRequired mfaMethod twoFactorEnabled twoFactorMethod verified verificationStatus
  verifiedAt verificationMethod recoveryEmail recoveryStatus backupCount backupId resetAt resetCount invitedBy inviteId invitationStatus
  seeds seedData seeded seeding salted saltLevel basalt signatureDate signatureAlgorithm signatureRequired emailSignature signed signedAt
  signedBy signal assigned design designer hashtag hash commitHash contentHash etag checksum
  url uri href link links homepageUrl avatarUrl imageUrl callbackUrl redirectUri loginUrl websiteUrl databaseName dbName dbHost redisHost
  side sidebar inside president residence considered sidecar consider
  id ids name type email description title traceId spanId correlationId requestId socketIp ip onBehalfOf route method tenant restored
  request actor enabled version tags segment percentage rollout variant environment namespace
  credentialType credentialId credentialCount accredited incredible credit creditLimit creditScore
  task taskId risk riskScore skill sku disk desk mask path patient patch pattern compatible saskatchewan connection connectionCount connectorId
  webhookId webhookEvents webhookName community communityId communityName cardView verification saltwater universal versa testSkill
  liveStream storage storageClass storageQuota consumer consumerGroup consumerId descending ascii patName stringLength connected
  privateNotes privacy prvni keyResults keyAccounts mapKey sandiego sandbox argonaut arrival pinboard signatory insurancePolicy
  shippingPin deliveryPin pickupPin storefrontPin tiePin enamelPin hingePin rollingPin cotterPin firingPin linchPin kingPin panelPin addressPin
  tokenStandard tokenModel tokenNetwork tokenChain tokenIcon tokenLogo tokenColor tokenPair tokenSale tokenHolders tokenContract tokenBucket
  tokenList tokenStream tokenRing tokenEconomy tokenSplit tokenLanguage tokenGate tokenSwap tokensEarned tokensSpent tokensBurned tokensMinted
  tokensLeft tokensPerSecond tokensPerMinute cookieRecipe cookieFlavor cookieDough cookieJar cookieLaw bearerShares bearerBond
  credentialHolder credentialSubject credentialSchema otpChannel otpProvider jwtLibrary jwtStrategy masterKeyword appKeywords
  passwordTips passwordGuide passwordAdvice passwordFeature passwordDialogOpen passwordRecoveryEmail databaseConnectionPool
  creditCardFee creditCardSurcharge creditCardTerminal creditCardPoints creditCardBalance debitCardFee bankCardColor bankAccountCurrency
  cardNumberMasked socialSecurityBenefits nationalInsuranceContribution driverLicenseClass accountNumberLabel
  cvvResult csvFile jwtIssuer jwtAudience jwtAlgorithm jwtExpiresIn dsnStatus otp_attempts cookbook
`)

test.each(secrets)('%s names a credential', (key) => {
  expect(secretKind(key)).toBe('credential')
})

test.each(numbers)("%s names a person's number", (key) => {
  expect(secretKind(key)).toBe('number')
})

test.each(innocent)('%s is not a secret', (key) => {
  expect(secretKind(key)).toBeUndefined()
})

test('the tables are large, and have no duplicates', () => {
  expect(secrets.length).toBeGreaterThan(250)
  expect(innocent.length).toBeGreaterThan(350)
  for (const table of [secrets, numbers, innocent]) expect(new Set(table).size).toBe(table.length)
})

test('zero-width characters and white space do not hide a word', () => {
  expect(['pass\u200bword', ' password ', 'pass\u00adword', 'p\u0430ssword', 'api\u00a0key'].map(secretKind)).toEqual(
    Array(5).fill('credential'),
  )
})

describe('each word of the vocabulary', () => {
  test.each([...secretWords, ...secretNames, ...secretPhrases])('%s names a credential, in any spelling', (term) => {
    const parts = term.split(' ')
    const camel = parts.map((part, index) => (index === 0 ? part : part[0]!.toUpperCase() + part.slice(1))).join('')
    for (const key of [term, camel, parts.join('_'), parts.join('-'), parts.join('.'), term.toUpperCase()]) {
      expect(isCredential(key), key).toBe(true)
    }
  })

  test.each([...numberWords, ...numberNames, ...numberPhrases])('%s names a number, in any spelling', (term) => {
    for (const key of [term, term.replaceAll(' ', '_'), term.toUpperCase()]) expect(secretKind(key), key).toBe('number')
  })
})

test('a number that is hashed is not redacted, and a credential always is', () => {
  const isSecretKey = createSecretKeys([], ['cardNumber', 'password'])
  expect(['cardNumber', 'card_number', 'creditCard', 'password'].map(isSecretKey)).toEqual([false, false, true, true])
})

test('keys of the application are whole keys', () => {
  const isSecretKey = createSecretKeys(['badgeNumber'])
  expect(['badge_number', 'badge', 'oldBadgeNumber'].map(isSecretKey)).toEqual([true, false, false])
})

test('results do not change with more keys than the cache holds', () => {
  const isSecretKey = createSecretKeys([])
  for (let index = 0; index < 25_000; index++) isSecretKey(`key${index}`)
  expect(['lateToken', 'lateToken', 'later'].map(isSecretKey)).toEqual([true, true, false])
})

test('a key of any length gets an answer', () => {
  for (const part of ['a', 'A', 'token', 'pin_', '1', '\u200b', 'é', '.', 'ａ'])
    expect(() => secretKind(part.repeat(50_000))).not.toThrow()
  expect(secretKind(`${'k'.repeat(400)}_password`)).toBe('credential')
})
