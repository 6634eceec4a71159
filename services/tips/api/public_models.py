"""What travels in requests and answers of reporters."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from services.tips.api.models import InstitutionCode, MessageText, RegionCode, Request
from services.tips.domain.filing import AdditionKind
from services.tips.domain.identity_document import is_document_number
from services.tips.domain.receipt import display
from services.tips.domain.tip import Kind
from services.tips.storage.guides import known_answers
from services.tips.storage.institutions import Institution
from services.tips.storage.sealing import ReporterIdentity, TipContent
from services.tips.use_cases.add_files import FilesAdded
from services.tips.use_cases.file_statement import FiledTip, Statement
from services.tips.use_cases.read_filing import Filings
from services.tips.use_cases.submit_tip import Submission, Submitted

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Month = Annotated[str, StringConstraints(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")]
Answer = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]


def _document_number(number: str) -> str:
    if not is_document_number(number):
        raise PydanticCustomError("identity_document_number", "not the number of an identity document")
    return number


DocumentNumber = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True, max_length=20),
    AfterValidator(_document_number),
]
ReceiptText = Annotated[str, StringConstraints(max_length=64)]


class Identity(Request):
    """Who a reporter is, for those who want to be named."""

    name: Line
    phone: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9][0-9 -]{4,28}[0-9]$")]
    id_number: DocumentNumber | None = Field(
        default=None,
        description="证件号码，可不填；身份证 18 位，校验末位 / Number of an identity document, if wanted; "
        "of 18 places the last one is checked",
    )

    def reporter(self) -> ReporterIdentity:
        """Return what is sealed."""
        return ReporterIdentity(self.name, self.phone, self.id_number)


class Period(Request):
    """Months in which something happened."""

    first: Month
    last: Month

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError("the first month comes after the last")
        return self


class TipReport(Request):
    """A tip from the public."""

    kind: Kind = Field(description="欺诈骗保类型 / Kind of fraud")
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)] = Field(
        description="举报内容 / What happened"
    )
    institution_code: InstitutionCode | None = Field(default=None, description="被举报机构代码 / Institution, if known")
    place: Line | None = Field(default=None, description="机构名称或地点 / Name or place, if the code is not known")
    region: RegionCode | None = Field(default=None, description="行为发生地（六位区划）/ Place of the act, six digits")
    against_agency: bool = Field(
        default=False, description="涉及医保部门人员，由上级受理 / About the agency's staff: the level above handles it"
    )
    period: Period | None = Field(default=None, description="发生时间 / First and last month of the acts")
    answers: dict[str, Answer] = Field(
        default={}, max_length=12, description="引导问题的回答，均可不填 / Answers to the questions, all optional"
    )
    identity: Identity | None = Field(default=None, description="实名信息，可不填 / Name and phone, for a named tip")
    submission_id: UUID | None = Field(
        default=None, description="由提交方生成，重发得到同一回执 / Chosen by the sender; sent again, the same receipt"
    )

    def submission(self) -> Submission:
        """Return what the use case takes."""
        return Submission(
            kind=self.kind,
            content=TipContent(
                self.text,
                self.place,
                known_answers(self.kind, self.answers),
                None if self.period is None else (self.period.first, self.period.last),
            ),
            institution_code=self.institution_code,
            identity=self.identity.reporter() if self.identity else None,
            submission_id=self.submission_id,
            region=self.region,
            against_agency=self.against_agency,
        )


class ReceiptRequest(Request):
    """A request with a receipt."""

    receipt: ReceiptText = Field(description="16 位回执编号 / The 16 digits of the receipt")


class IdentityRequest(ReceiptRequest):
    """An identity given later."""

    identity: Identity


class InstitutionSearch(Request):
    """A search for an institution; in a body, so that it stands in no address."""

    fragment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = Field(
        default="", description="名称片段或代码开头 / Part of the name, or how the code begins"
    )
    region: RegionCode | None = Field(default=None, description="地区 / Region, with all below it")


class ReporterMessageRequest(ReceiptRequest):
    """A reporter's message."""

    text: MessageText
    message_id: UUID | None = Field(default=None, description="由发送方生成，重发不会重复 / Chosen by the sender")


class InstitutionView(BaseModel):
    """An institution a reporter can pick."""

    institution_code: str
    name: str | None
    region: str
    kind: str

    @classmethod
    def of(cls, entry: Institution) -> Self:
        """Show an entry of the registry."""
        return cls(institution_code=entry.code, name=entry.name, region=entry.region, kind=entry.kind)


class QuestionView(BaseModel):
    """A guiding question."""

    code: str
    zh: str
    en: str


class KindView(BaseModel):
    """A kind of fraud with its questions."""

    kind: Kind
    questions: list[QuestionView]


class Padded(BaseModel):
    """An answer of one of few sizes, so that an observer of the line learns little."""

    padding: str = Field(default="", description="填充，无含义 / Filling; means nothing")


class FilingStatementView(BaseModel):
    """The signed statement that a tip was filed on a day; tells neither content nor person."""

    format: str
    commitment: str = Field(description="承诺值 / Hash over tip, day and random bytes")
    day: date
    key_id: str
    signature: str = Field(description="Ed25519 签名 / Signature, hexadecimal")

    @classmethod
    def of(cls, statement: Statement) -> Self:
        """Show a statement."""
        return cls(
            format=statement.format,
            commitment=statement.commitment,
            day=statement.day,
            key_id=statement.key_id,
            signature=statement.signature,
        )


class FilingOpeningView(BaseModel):
    """What shows which tip was filed; it contains the tip."""

    format: str
    commitment: str
    day: date
    salt: str
    document: str = Field(description="举报原文（规范 JSON） / The tip as it was hashed")


class FilesAddedView(BaseModel):
    """What became of the files."""

    stored: int
    metadata_kept: int = Field(description="未能清除元数据的附件数 / Files whose metadata could not be taken out")
    infected: int = Field(description="检出恶意程序并隔离的附件数 / Files in quarantine")

    @classmethod
    def of(cls, files: FilesAdded) -> Self:
        """Show what became of files."""
        return cls(stored=files.stored, metadata_kept=files.metadata_kept, infected=files.infected)


class FiledAddition(Padded):
    """What was signed for something that was added to a tip."""

    statement: FilingStatementView | None = Field(
        description="补充内容的受理凭据；重发早先的内容时可能没有 / Statement for what was added; none for what was "
        "sent before statements were signed"
    )

    @classmethod
    def of_addition(cls, filed: FiledTip | None) -> Self:
        """Show what was signed."""
        return cls(statement=None if filed is None else FilingStatementView.of(filed.statement))


class AddedFiles(FiledAddition, FilesAddedView):
    """What became of files that were added."""

    @classmethod
    def of_files(cls, files: FilesAdded, filed: FiledTip | None) -> Self:
        """Show what became of them and what was signed."""
        statement = None if filed is None else FilingStatementView.of(filed.statement)
        return cls(**FilesAddedView.of(files).model_dump(), statement=statement)


class FilingRequest(ReceiptRequest):
    """A request for the statement of filing."""

    with_opening: bool = Field(
        default=False, description="附举报原文，用于公开证明 / With the tip, to prove what was filed"
    )
    addition: int = Field(
        default=0,
        ge=0,
        le=10**6,
        description="第几次补充的凭据；0 为举报本身 / Which addition; 0 is the tip itself",
    )


class AdditionStatementView(BaseModel):
    """The statement for something that was added later."""

    number: int
    kind: AdditionKind
    statement: FilingStatementView


class Filing(Padded):
    """The statement of filing, and what it commits to where asked for; with the statements of all additions."""

    statement: FilingStatementView
    opening: FilingOpeningView | None
    additions: list[AdditionStatementView] = Field(description="补充内容的凭据 / Statements of what was added later")

    @classmethod
    def of(cls, filings: Filings, number: int, *, with_opening: bool) -> Self:
        """Show what was signed; raises NotFound where nothing was."""
        filed = filings.of(number)
        opening = filed.opening
        return cls(
            statement=FilingStatementView.of(filed.statement),
            opening=FilingOpeningView(
                format=opening.format,
                commitment=opening.commitment,
                day=opening.day,
                salt=opening.salt,
                document=opening.document,
            )
            if with_opening
            else None,
            additions=[
                AdditionStatementView(
                    number=each.number, kind=each.kind, statement=FilingStatementView.of(each.filed.statement)
                )
                for each in filings.additions
            ],
        )


class Receipt(Padded):
    """The receipt, shown once."""

    receipt: str = Field(description="16 位回执编号，仅显示一次 / The 16 digits; shown once, kept nowhere")
    receipt_grouped: str = Field(description="便于抄写 / Grouped for writing down")
    statement: FilingStatementView
    files: FilesAddedView

    @classmethod
    def of(cls, submitted: Submitted) -> Self:
        """Show a receipt with the statement of filing."""
        return cls(
            receipt=submitted.receipt,
            receipt_grouped=display(submitted.receipt),
            statement=FilingStatementView.of(submitted.filed.statement),
            files=FilesAddedView.of(submitted.files),
        )


class InstitutionsFound(Padded):
    """What a search found."""

    items: list[InstitutionView]
    more: bool = Field(description="还有更多，请缩小范围 / There are more; narrow the search")
