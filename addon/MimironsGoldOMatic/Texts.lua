-- What the operator reads, in the client's language. What winners are whispered is the same in all.

local _, addon = ...

local english = {
    title = "MGM Queue",
    empty = "(empty)",
    prepare = "Prepare Mail",
    wasSent = "Was sent",
    notSent = "Not sent",
    openMailbox = "Open the mailbox to use the queue.",
    stuck = "Signal pending: type /reload",
    askDoubt = "Was this mail sent? Look at your gold, then say so.",
    READY = "READY",
    PROCESSING = "PROC",
    SENDING = "PROC",
    SENT = "SENT",
    DOUBT = "CHECK",
    gift = "GIFT  %s",
    giftHint = "Click when the item is mailed.",
    minimapHint = "Click: toggle queue panel",
    mailSent = "Mail sent — %s",
    mailboxClosed = "Mailbox closed",
    notEnough = "Not enough gold",
    mailFailed = "Mail failed",
    amountChanged = "Amount changed — mail not tracked",
    closedEarly = "Mailbox closed before confirmation — check and use Mark Sent in Desktop",
    notReady = "Mail window not ready",
    noAnswer = "No answer to the mail — check and use Mark Sent in Desktop",
    noAnswerPaid = "No answer, but the gold is gone — probably sent: use Mark Sent in Desktop",
    mixedUp = "Two mails at once — check which one went",
    byHand = "A mail like this payout's was sent by hand — check",
    markDesktop = "Use Mark Sent in Desktop, too",
    withdrawn = "Payout withdrawn — do not send",
    whoPending = "/who already pending; try again.",
    whoTimedOut = "/who timed out.",
    loggingOff = "Chat logging was off and is on again.",
    unreached = "The whisper to %s did not arrive: offline?",
    testStarted = "Log test: it takes up to two minutes.",
    testUnsigned = "Log test without a bridge: look for [MGM_LOGTEST] in Logs\\WoWChatLog.txt.",
    testNoAnswer = "Log test: no answer. Is the bridge running? Then type /reload and repeat.",
    testDone = "Log test: %s",
    transport = "Transport: %s",
    padWhisper = "Padding by whispers: %s",
    giftItems = "Items in a list for the wheel: at most %d",
    on = "on",
    off = "off",
    debugTitle = "Debug",
}

local russian = {
    title = "Очередь MGM",
    empty = "(пусто)",
    prepare = "Подготовить",
    wasSent = "Ушло",
    notSent = "Не ушло",
    openMailbox = "Откройте почтовый ящик, чтобы работать с очередью.",
    stuck = "Сигнал не дошёл: введите /reload",
    askDoubt = "Письмо ушло? Сверьте золото и ответьте.",
    READY = "ГОТОВ",
    PROCESSING = "ПИСЬМО",
    SENDING = "ПИСЬМО",
    SENT = "УШЛО",
    DOUBT = "СВЕРИТЬ",
    gift = "ПОДАРОК  %s",
    giftHint = "Нажмите, когда предмет отправлен.",
    minimapHint = "Щелчок: показать или скрыть очередь",
    mailSent = "Письмо отправлено — %s",
    mailboxClosed = "Почтовый ящик закрыт",
    notEnough = "Не хватает золота",
    mailFailed = "Письмо не отправлено",
    amountChanged = "Сумма изменена — письмо не учтено",
    closedEarly = "Ящик закрыт до подтверждения — проверьте и нажмите Mark Sent в Desktop",
    notReady = "Окно почты не готово",
    noAnswer = "Нет ответа на письмо — проверьте и нажмите Mark Sent в Desktop",
    noAnswerPaid = "Нет ответа, но золото ушло — вероятно, отправлено: Mark Sent в Desktop",
    mixedUp = "Два письма сразу — проверьте, какое ушло",
    byHand = "Такое же письмо отправлено вручную — проверьте",
    markDesktop = "Нажмите Mark Sent и в Desktop",
    withdrawn = "Выплата отозвана — не отправляйте",
    whoPending = "/who уже выполняется, повторите позже.",
    whoTimedOut = "/who: ответа нет.",
    loggingOff = "Запись чата была выключена и снова включена.",
    unreached = "Шёпот для %s не дошёл: не в сети?",
    testStarted = "Проверка журнала: она займёт до двух минут.",
    testUnsigned = "Проверка без моста: найдите [MGM_LOGTEST] в Logs\\WoWChatLog.txt.",
    testNoAnswer = "Проверка журнала: ответа нет. Мост запущен? Введите /reload и повторите.",
    testDone = "Проверка журнала: %s",
    transport = "Способ передачи: %s",
    padWhisper = "Заполнение шёпотом: %s",
    giftItems = "Предметов в списке для колеса: не больше %d",
    on = "вкл",
    off = "выкл",
    debugTitle = "Отладка",
}

addon.text = GetLocale() == "ruRU" and russian or english

addon.NAME = "Mimiron's Gold-o-Matic"

addon.whisperText = {
    winner = "Поздравляю, ты победил в розыгрыше! Дай мне своё согласие на получение награды - "
        .. "ответь на это сообщение одной фразой: !twgold",
    sent = "Награда отправлена тебе на почту, проверяй ящик!",
    gift = "Тебе выбран подарок! Для подтверждения ответь одной фразой: !twgift",
}

addon.updateLines = {
    "Mimiron's Gold-o-Matic: выполняется проверка обновлений...",
    "Mimiron's Gold-o-Matic: если вы не увидите ответ в чате, убедитесь, что запущено Desktop-приложение.",
}

-- A line for the operator. It never holds a tag.
function addon.say(format, ...)
    DEFAULT_CHAT_FRAME:AddMessage("[MGM] " .. string.format(format, ...))
end
