"""What was found outside, in the reader's language: pages, other people's programs, proxies.

    spoken("the server answers 451")     it is `error_words` that looks them up

Whatever can be said of a look at a page, and of why none came. A template that begins like another
stands before it.
"""

from __future__ import annotations

from unburnt.cli.words import N_

TEMPLATES: tuple[str, ...] = (
    # capturing pages: what is wrong
    N_("This host may not be captured: {why}."),
    N_("If it is yours and you mean it: --allow-private HOST."),
    N_("The page could not be fetched: there is no such host."),
    N_("Check the address and the network."),
    N_("This is not a proxy that can be used."),
    N_("Write it like socks5h://127.0.0.1:9050."),
    N_("Give its number, such as 127.0.0.1: no name is looked up beside a proxy."),
    N_("The page could not be fetched ({why})."),
    N_("Repeat it later."),
    N_("This address is a file to download, not a page."),
    N_("Download it, then take it in: unburnt take FILE."),
    N_("The browser could not be started."),
    N_("Check that chromium runs here by itself."),
    N_("The page could not be captured: the browser ended or took too long."),
    N_("The page left for an address that is none before its body could be kept."),
    N_("What the browser gave cannot be read."),
    N_("What the page gave cannot be written as a web archive."),
    N_("This is not a sound web archive. {why}"),
    N_("Look at the address by hand."),
    N_("No Chromium is installed here."),
    N_("Install the package chromium of your system, then repeat."),
    N_("Capturing web pages needs more packages."),
    N_("Install them: pip install 'unburnt[capture]'."),
    N_("This address cannot be captured. {why}"),
    N_("Write it like https://example.org/page."),
    N_("A capture needs a reason."),
    N_("Say in a few words why this page is collected."),
    N_("A page is watched every hour at most, every year at least."),
    N_("Say 24h."),
    N_("This page is not watched."),
    N_("See which are: unburnt watch list."),
    N_("This is no time between captures."),
    N_("Write it like 6h, 24h or 7d."),
    N_("No page is watched."),
    N_("Add one: unburnt watch add URL."),
    # extractors
    N_("This is no name of an extractor."),
    N_("Use small letters, digits and hyphens."),
    N_("The command of an extractor has the word {url} in one of its arguments."),
    N_("Write it like: unburnt extractor set mirror -- wget --page-requisites {url}"),
    N_("This cannot be the command of an extractor."),
    N_("Give a program and its arguments."),
    N_("This extractor was not set here."),
    N_("See: unburnt extractor list."),
    N_("This extractor is not known."),
    N_("This extractor is not installed here."),
    N_("Install it, so that it is found on PATH."),
    N_("The extractor left no file."),
    N_("The extractor cannot be run."),
    N_("The extractor was ended: {why}."),
    N_("The extractor failed ({status}): {words}"),
    # what came of a look
    N_("the server answers {status}, blocked by {place}"),
    N_("the server answers {status}"),
    N_("it leads to a notice of blocking: {host}"),
    N_("a notice of blocking says: {words}"),
    N_("the page says: {words}"),
    N_("the server wants to know whether we are a robot"),
    N_("the page leads to a login"),
    N_("other words"),
    N_("other pictures"),
)
