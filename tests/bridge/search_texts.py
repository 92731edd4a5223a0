"""What the shared test set of searches searches: bulletins of made-up communes, each by its key."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from bridge.db import utc_now
from bridge.models import Announcement, Approval, Publication, Recording
from bridge.search_index import index_publication

SEGMENT_MS = 5_000  # each text of a bulletin is a segment of so much


@dataclass(frozen=True)
class Bulletin:
    """One announcement; `key` begins its id. `day`: of November 2026, in the order of the table."""

    key: str
    title: str
    texts: tuple[str, ...]
    category: str = ""
    area: str = ""
    day: int = 0
    summary: str = ""

    @property
    def id(self) -> str:
        return f"{self.key:0<12}"[:12]

    @property
    def broadcast_at(self) -> datetime:
        return datetime(2026, 11, self.day, 22, 30, tzinfo=UTC)

    def content(self) -> dict[str, Any]:
        """What a publication of it holds."""
        segments = [
            {
                "id": f"s{number:011}",
                "kind": "music" if said.startswith("[") else "speech",
                "start_ms": number * SEGMENT_MS,
                "end_ms": (number + 1) * SEGMENT_MS,
                "text": said,
                "words": [],
            }
            for number, said in enumerate(self.texts)
        ]
        return {
            "title": self.title,
            "category": self.category,
            "area": self.area,
            "priority": "normal",
            "broadcast_at": self.broadcast_at.isoformat(),
            **({"summary": self.summary} if self.summary else {}),
            "duration_ms": len(self.texts) * SEGMENT_MS,
            "sound": [],
            "peaks": "",
            "segments": segments,
        }


# The oldest first.
BULLETINS = (
    Bulletin(
        "nuoc",
        "Lịch cấp nước sạch",
        (
            "Nhà máy nước ngừng cấp nước từ 7 giờ 30 phút đến 11 giờ.",
            "Bà con trữ nước dùng trong ngày.",
        ),
        "Đời sống",
        "Thôn Đông",
        1,
    ),
    Bulletin(
        "tiem",
        "Lịch tiêm chủng tháng 11",
        (
            "Trạm y tế xã tiêm chủng cho trẻ em lúc bảy giờ rưỡi sáng.",
            "Các cháu từ hai tháng tuổi mang theo sổ tiêm.",
        ),
        "Y tế",
        "toàn xã",
        2,
    ),
    Bulletin(
        "hop",
        "Họp thôn Đông",
        ("Kính mời bà con đến nhà văn hóa họp thôn lúc 19:00 ngày 25 tháng 11 năm 2026.",),
        "Mời họp",
        "Thôn Đông",
        3,
    ),
    Bulletin(
        "hopsau",
        "Kết quả buổi họp",
        (
            "Ủy ban nhân dân xã đã họp với các thôn về việc làm đường.",
            "Hội đồng nhân dân giám sát.",
        ),
        "Thông báo",
        "toàn xã",
        4,
    ),
    Bulletin(
        "bhyt",
        "Gia hạn thẻ BHYT",
        ("Bà con hết hạn thẻ BHYT đến UBND xã làm thủ tục, giờ làm việc từ 7h30 đến 11h.",),
        "Chính sách",
        "toàn xã",
        5,
    ),
    Bulletin(
        "baohiem",
        "Bảo hiểm y tế học sinh",
        (
            "Phụ huynh đóng bảo hiểm y tế cho các cháu học sinh trung học cơ sở.",
            "Mức đóng là 1.500.000 đồng.",
        ),
        "Chính sách",
        "toàn xã",
        6,
    ),
    Bulletin(
        "thcs",
        "Trường THCS khai giảng",
        ("Trường khai giảng lúc 7 giờ sáng, phụ huynh đưa con đến đúng giờ.",),
        "Giáo dục",
        "Thôn Tây",
        7,
    ),
    Bulletin(
        "duong",
        "Cấm đường",
        ("Cảnh sát giao thông cấm đường liên thôn để sửa cầu.", "Xe tải đi đường tránh."),
        "Giao thông",
        "Thôn Tây, Thôn Đông",
        8,
    ),
    Bulletin(
        "duong2",
        "Giá đường cát",
        ("Đường cát trắng bán bình ổn giá tại chợ, mỗi người hai cân.",),
        "Đời sống",
        "Chợ Mẫu",
        9,
    ),
    Bulletin(
        "ga",
        "Phòng dịch cúm gà",
        (
            "Bà con không thả gà, tiêm phòng cho đàn gà từ hai mươi con.",
            "Gọi thú y xã số 0912 345 678.",
        ),
        "Y tế",
        "toàn xã",
        10,
    ),
    Bulletin(
        "ga2",
        "Ga tàu đổi giờ",
        ("Ga tàu mở cửa lúc năm giờ ba mươi phút sáng.",),
        "Giao thông",
        "Thôn Tây",
        11,
    ),
    Bulletin(
        "bao",
        "Tin bão khẩn cấp",
        (
            "Bão số 5 vào bờ đêm 25/11/2026, bà con chằng chống nhà cửa.",
            "Trẻ em và người già đến trường tránh bão.",
        ),
        "Thiên tai",
        "toàn xã",
        12,
    ),
    Bulletin(
        "bao2",
        "Báo giấy về bưu điện",
        ("Báo và tạp chí có tại bưu điện văn hóa xã.",),
        "Văn hóa",
        "toàn xã",
        13,
    ),
    Bulletin(
        "hoa",
        "Hội hoa xuân",
        ("Hội hoa xuân mở tại xã Hoà Mẫu, bà con hoà mình vào lễ hội.",),
        "Văn hóa",
        "toàn xã",
        14,
    ),
    Bulletin(
        "hoaf",
        "Phòng chữa cháy",
        ("Tập huấn phòng cháy chữa cháy tại xã Hòa Mẫu cho dân quân.",),
        "An ninh",
        "toàn xã",
        15,
    ),
    Bulletin(
        "bay",
        "Bây giờ là bản tin sáng",
        ("Bây giờ là bản tin sáng của đài truyền thanh.", "[Nhạc hiệu]"),
        "Thông báo",
        "",
        16,
    ),
    Bulletin(
        "xacu",
        "Tin xã Mẫu Cũ",
        ("Bà con xã Mẫu Cũ nhận lại giấy tờ sau khi sáp nhập.",),
        "Thông báo",
        "Xã Mẫu Cũ",
        17,
    ),
    Bulletin(
        "xamoi",
        "Tin xã Mẫu Mới",
        ("Xã Mẫu Mới đặt trụ sở tại thôn Đông.",),
        "Thông báo",
        "toàn xã",
        18,
    ),
    Bulletin(
        "rac",
        "Thu gom rác",
        (
            "Xe rác đi qua tổ dân phố số bảy vào thứ hai và thứ sáu.",
            "Đổ rác đúng giờ,",
            "đúng nơi quy định.",
        ),
        "Môi trường",
        "Tổ 7",
        19,
    ),
    Bulletin(
        "dat",
        "Cấp giấy chứng nhận quyền sử dụng đất",
        (
            "Văn phòng trả giấy chứng nhận quyền",
            "sử dụng đất cho 25 hộ.",
        ),
        "Đất đai",
        "toàn xã",
        20,
    ),
    Bulletin(
        "luong",
        "Chi trả lương hưu",
        ("Chi trả lương hưu và trợ cấp ngày mùng năm hằng tháng.",),
        "Chính sách",
        "toàn xã",
        21,
        summary="Người nhận thay mang giấy ủy quyền.",
    ),
    Bulletin(
        "nghiavu",
        "Khám nghĩa vụ quân sự",
        ("Thanh niên đủ mười tám tuổi khám nghĩa vụ quân sự.",),
        "Quân sự",
        "toàn xã",
        22,
    ),
)
PLACE_NAMES = (("Xã Mẫu Cũ", "Xã Mẫu Mới"), ("Xóm Chùa", "Thôn Đông"))


def publish_bulletin(session: Session, unit_id: str, user_id: str, bulletin: Bulletin) -> None:
    """Put it on the portal as a publication that stands, with all that must stand behind it."""
    number = bulletin.id
    length_ms = max(1, len(bulletin.texts) * SEGMENT_MS)
    recording = Recording(
        id=number,
        unit_id=unit_id,
        sha256=number.encode().hex().ljust(64, "0"),
        size_bytes=1,
        file_name="bản tin.wav",
        container="wav",
        codec="pcm_s16le",
        sample_rate=16_000,
        channels=1,
        duration_ms=length_ms,
    )
    announcement = Announcement(
        id=number,
        unit_id=unit_id,
        recording_id=number,
        start_ms=0,
        end_ms=length_ms,
        state="published",
        title=bulletin.title,
        category=bulletin.category,
        area=bulletin.area,
        broadcast_at=bulletin.broadcast_at,
    )
    approval = Approval(
        id=number, announcement_id=number, user_id=user_id, digest="0" * 64, announcement_version=1
    )
    publication = Publication(
        id=number,
        announcement_id=number,
        unit_id=unit_id,
        approval_id=number,
        revision=1,
        digest=number.encode().hex().ljust(64, "0"),
        content=bulletin.content(),
        audio={
            kind: {"name": f"audio-000000000000.{kind}", "bytes": 1, "sha256": "0" * 64}
            for kind in ("mp3", "webm")
        },
        published_at=utc_now(),
    )
    for row in (recording, announcement, approval, publication):
        session.add(row)
        session.flush()
    index_publication(session, publication)
