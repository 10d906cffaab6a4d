"""What FollowTheMoney 4.11.2 has, as facts: schema -> parents, abstract or not, own properties.

Taken once from the published package, so that the claims in our schema files can be checked without
installing its fifty dependencies.
"""

from __future__ import annotations

from typing import NamedTuple


class FtmSchema(NamedTuple):
    """Parents, abstractness and own properties of one FollowTheMoney schema."""

    parents: tuple[str, ...]
    abstract: bool
    properties: frozenset[str]


def _schema(parents: str, properties: str, abstract: bool = False) -> FtmSchema:
    return FtmSchema(tuple(parents.split()), abstract, frozenset(properties.split()))


FTM = {
    "Address": _schema(
        "Thing",
        "full remarks postOfficeBox street street2 city postalCode region state latitude "
        "longitude osmId googlePlaceId",
    ),
    "Analyzable": _schema(
        "",
        "detectedLanguage detectedCountry namesMentioned peopleMentioned companiesMentioned "
        "ibanMentioned ipMentioned locationMentioned phoneMentioned emailMentioned",
        abstract=True,
    ),
    "Article": _schema(
        "Document",
        "",
    ),
    "Asset": _schema(
        "Thing Value",
        "",
    ),
    "Associate": _schema(
        "Interval",
        "person associate relationship",
    ),
    "Company": _schema(
        "Organization Asset",
        "capital voenCode coatoCode irsCode ipoCode cikCode jibCode mbsCode caemCode kppCode "
        "okopfCode fnsCode fssCode bikCode pfrNumber oksmCode isinCode ticker ricCode",
    ),
    "CourtCase": _schema(
        "Thing",
        "category type status caseNumber court fileDate closeDate",
    ),
    "CourtCaseParty": _schema(
        "Interest",
        "party case",
    ),
    "Directorship": _schema(
        "Interest",
        "director organization secretary",
    ),
    "Document": _schema(
        "Thing Analyzable",
        "contentHash title author generator crawler fileSize fileName extension encoding "
        "bodyText messageId mimeType language translatedLanguage translatedText date "
        "authoredAt publishedAt parent ancestors processingStatus processingError "
        "processingAgent processedAt",
    ),
    "Documentation": _schema(
        "Interest",
        "document entity",
    ),
    "Employment": _schema(
        "Interest",
        "employer employee",
    ),
    "Event": _schema(
        "Interval Analyzable Thing",
        "location important organizer involved",
    ),
    "Family": _schema(
        "Interval",
        "person relative relationship",
    ),
    "Folder": _schema(
        "Document",
        "",
    ),
    "HyperText": _schema(
        "Document",
        "bodyHtml",
    ),
    "Identification": _schema(
        "Interval",
        "holder type country number authority",
    ),
    "Interest": _schema(
        "Interval",
        "role status",
        abstract=True,
    ),
    "Interval": _schema(
        "",
        "startDate endDate date summary description recordId sourceUrl proof publisher "
        "publisherUrl alephUrl namesMentioned indexText modifiedAt retrievedAt",
        abstract=True,
    ),
    "LegalEntity": _schema(
        "Thing",
        "abbreviation email phone website legalForm incorporationDate dissolutionDate "
        "taxStatus status sector classification registrationNumber idNumber taxNumber "
        "licenseNumber vatCode jurisdiction mainCountry opencorporatesUrl bvdId sayariId "
        "brightQueryId brightQueryOrgId uscCode icijId okpoCode innCode ogrnCode okvedCode "
        "leiCode dunsCode uniqueEntityId npiCode swiftBic parent",
    ),
    "Membership": _schema(
        "Interest",
        "member organization",
    ),
    "Message": _schema(
        "Interval Folder PlainText HyperText",
        "subject threadTopic sender senderAccount recipients recipientAccount inReplyTo "
        "inReplyToMessage metadata",
    ),
    "Occupancy": _schema(
        "Interval",
        "holder post declarationDate electionDate periodStart periodEnd constituency "
        "politicalGroup status",
    ),
    "Organization": _schema(
        "LegalEntity",
        "cageCode permId imoNumber giiNumber",
    ),
    "Person": _schema(
        "LegalEntity",
        "title firstName secondName middleName fatherName motherName lastName nameSuffix "
        "birthDate birthPlace birthCountry deathDate position biography nationality "
        "citizenship passportNumber socialSecurityNumber gender ethnicity height weight "
        "eyeColor hairColor appearance religion political profession education spokenLanguage",
    ),
    "PlainText": _schema(
        "Document",
        "",
    ),
    "Position": _schema(
        "Thing",
        "organization inceptionDate dissolutionDate subnationalArea numberOfSeats",
    ),
    "PublicBody": _schema(
        "Organization",
        "",
    ),
    "Representation": _schema(
        "Interest",
        "agent client",
    ),
    "Sanction": _schema(
        "Interval",
        "entity authority authorityId unscId program programId programUrl provisions status "
        "duration reason country listingDate",
    ),
    "Territory": _schema(
        "Thing",
        "partOf level territoryCode fipsCode zipCode nutsCode",
    ),
    "Thing": _schema(
        "",
        "name alias previousName weakAlias country summary notes description sourceUrl "
        "publisher publisherUrl alephUrl wikipediaUrl wikidataId keywords topics address "
        "addressEntity program programId proof riskSource indexText createdAt modifiedAt "
        "retrievedAt",
        abstract=True,
    ),
    "UnknownLink": _schema(
        "Interest",
        "subject object",
    ),
    "UserAccount": _schema(
        "Thing",
        "owner service email phone username password ipAddress",
    ),
    "Value": _schema(
        "",
        "amount currency amountUsd amountEur",
        abstract=True,
    ),
    "Vehicle": _schema(
        "Asset",
        "registrationNumber type model owner operator buildDate registrationDate "
        "deregistrationDate",
    ),
}

TOPICS = frozenset(
    "asset.frozen crime crime.terror crime.war gov gov.security mil poi role.act role.civil "
    "role.journo role.judge role.lawyer role.oligarch role.pep role.pol role.rca sanction "
    "sanction.counter sanction.linked wanted".split()
)


def ancestors(name: str) -> set[str]:
    """Return a schema with all that it extends."""
    return {name}.union(*(ancestors(parent) for parent in FTM[name].parents))
