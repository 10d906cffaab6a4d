"""Small exports of every format, written by hand after what the programs write."""

from __future__ import annotations

import io
import json
import zipfile

ANDROID_RU = (
    "12.03.2019, 09:05 - Сообщения и звонки защищены сквозным шифрованием.\n"
    "12.03.2019, 09:07 - +7 900 000-00-00: Ещё раз напишешь\n"
    "мы тебя найдём: понял?\n"
    "12.03.2019, 09:08 - Ровена: IMG-20190312-WA0001.jpg (файл добавлен)\n"
    "подпись\n"
    "13.03.2019, 21:00 - Ровена: <Без медиафайлов>\n"
    "13.03.2019, 21:01 - Ровена: Данное сообщение удалено\n"
    "13.03.2019, 21:02 - Ровена: Кто это? <Это сообщение изменено>\n"
).encode()

IPHONE = (
    "\ufeff[3/12/19, 9:05:07\u202fPM] Heron group: \u200eMessages are end-to-end encrypted.\r\n"
    "[3/13/19, 12:00:00\u202fAM] \u202a+7\u00a0900\u00a0000\u201100\u201100\u202c: We know where"
    " you live\r\n"
    "\u200e[3/13/19, 12:01:30\u202fPM] ~\u00a0Rowan: \u200e<attached: 00000003-PHOTO-2019.jpg>\r\n"
).encode()

TELEGRAM = json.dumps(
    {
        "name": "Court",
        "type": "private_group",
        "id": 9,
        "messages": [
            {
                **{"id": 70, "type": "service", "date": "2018-12-05T11:00:00", "actor": "Rowan"},
                **{"actor_id": "user5", "action": "create_group", "title": "Court", "text": ""},
            },
            {
                **{"id": 77, "type": "message", "date": "2018-12-05T11:39:10", "text": ["a ", "b"]},
                **{"from": "Rowan", "from_id": "user5", "reply_to_message_id": 70},
                **{"edited": "2018-12-05T11:40:00", "forwarded_from": "A channel"},
                **{"photo": "photos/../../photo_1.jpg"},
            },
        ],
    }
).encode()

TELEGRAM_HTML = b"""<!DOCTYPE html>
<html><head><meta charset="utf-8"/><title>Exported Data</title></head><body>
 <div class="page_wrap"><div class="history">
  <div class="message service" id="message-1"><div class="body details">8 January 2018</div></div>
  <div class="message default clearfix" id="message77">
   <div class="pull_left userpic_wrap"><div class="initials">R</div></div>
   <div class="body">
    <div class="pull_right date details" title="08.01.2018 12:34:56 UTC+03:00">12:34</div>
    <div class="from_name">Rowan &amp; Co </div>
    <div class="text">Who is this?<br>Say &lt;it&gt;.</div>
   </div></div>
  <div class="message default clearfix joined" id="message78">
   <div class="body">
    <div class="pull_right date details" title="08.01.2018 12:35:00">12:35</div>
    <div class="reply_to details">In reply to <a href="#go_to_message77">this message</a></div>
    <div class="media_wrap clearfix"><a class="photo_wrap clearfix pull_left"
     href="photos/photo_1.jpg"><img class="photo" src="photos/t.jpg"></a></div>
    <div class="forwarded body"><div class="from_name">A channel <span class="date details"
     title="01.01.2018 00:00:00">01.01</span></div><div class="text">its <b>words</b></div></div>
   </div></div>
 </div></div></body></html>"""

_BROKEN = "Привет".encode().decode("latin-1")
INSTAGRAM = json.dumps(
    {
        "participants": [{"name": "Rowan"}],
        "messages": [
            {
                **{"sender_name": _BROKEN, "timestamp_ms": 1579294140123, "content": "café"},
                "photos": [{"uri": "photos/1.jpg", "creation_timestamp": 1579294140}],
            },
            {"sender_name": "Rowan", "timestamp_ms": 1577186580000, "is_unsent": True},
        ],
    }
).encode()

SMS = b"""<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>
<?xml-stylesheet type="text/xsl" href="sms.xsl"?>
<smses count="3" backup_date="1579294140000" type="full">
  <sms protocol="0" address="+79000000000" date="1579294140000" type="1" subject="null"
   body="Stop &#55357;&#56832;" readable_date="17 Jan 2020 23:49:00" contact_name="(Unknown)" />
  <sms protocol="0" address="+79000000000" date="1579294200000" type="2" body="Who is this?"
   contact_name="(Unknown)" />
  <mms date="1579294260000" msg_box="1" address="+79000000000" contact_name="Nobody" sub="null">
    <parts>
      <part seq="-1" ct="application/smil" name="null" text="&lt;smil/>" />
      <part seq="0" ct="image/jpeg" name="null" cl="../../etc/1.jpg" text="null" data="AAAA" />
      <part seq="0" ct="text/plain" name="null" cl="t.txt" text="Look" />
    </parts>
    <addrs><addr address="+79000000000" type="137" /><addr address="+7911" type="151" /></addrs>
  </mms>
</smses>
"""

EML = b"""Received: from a by b; Mon, 22 Jan 2018 06:30:01 +0000
From: =?utf-8?B?0KDQvtCy0LXQvdCw?= <rowan@example.org>
To: Heron <heron@example.org>,
\tOffice <office@example.org>
Subject: =?utf-8?Q?=D0=92=D1=8B?= are
 warned
Date: Mon, 22 Jan 2018 09:30:00 +0300
Message-ID: <1@example.org>
In-Reply-To: <0@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset=koi8-r
Content-Transfer-Encoding: base64

99TP0A==
--inner
Content-Type: text/html; charset=utf-8

<p>other</p>
--inner--
--outer
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''%D0%9A%2F..%2F1.pdf

x
--outer--
"""

MBOX = (
    b"From a@example.org Mon Jan 22 06:30:01 2018\n" + EML + b"\n"
    b"From b@example.org Mon Jan 22 07:30:01 2018\nFrom: b@example.org\nSubject: two\n"
    b"Date: Mon, 22 Jan 2018 07:30:01 -0000\n\n>From here on\nFrom the middle\n\n"
)


def zipped(members: dict[str, bytes]) -> bytes:
    """Return a ZIP of these files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return written.getvalue()


ALL = {
    "WhatsApp on Android in Russian": ANDROID_RU,
    "WhatsApp on an iPhone": IPHONE,
    "WhatsApp in a ZIP": zipped({"_chat.txt": IPHONE, "00000003-PHOTO-2019.jpg": b"\xff\xd8"}),
    "Telegram JSON": TELEGRAM,
    "Telegram HTML": TELEGRAM_HTML,
    "Instagram": INSTAGRAM,
    "text messages": SMS,
    "a letter": EML,
    "a mailbox": MBOX,
}
