"""Where names stand in a line: after a cue (thôn, ông, trạm …) or written with capitals. Pure.

Every table is compared by `token_key`, so letter case and the place of a tone do not matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from bridge.vietnamese import token_key

# Kinds of glossary terms: người, địa danh, cơ quan, chức danh, khác.
PERSON, PLACE, BODY, OFFICE, OTHER = "person", "place", "body", "office", "other"
TERM_KINDS = (PERSON, PLACE, BODY, OFFICE, OTHER)

SENTENCE_ENDS = (".", "!", "?", "…", ":")
_PHRASE_ENDS = (*SENTENCE_ENDS, ",", ";", ")", "”", '"')


def key_sequence(text: str) -> tuple[str, ...]:
    """The token keys of a phrase, without tokens that are only punctuation."""
    return tuple(key for token in text.split() if (key := token_key(token)))


@cache
def key_set(text: str) -> frozenset[str]:
    """The token keys of the words of a table."""
    return frozenset(token_key(word) for word in text.split())


def phrase_set(text: str) -> frozenset[tuple[str, ...]]:
    """Phrases separated by commas, as key sequences."""
    return frozenset(key_sequence(phrase) for phrase in text.split(","))


# What stands before a name of each kind. Streets, schools and bridges bear persons' names too.
_PERSON_CUES = phrase_set(
    "ông, bà, anh, chị, cô, chú, bác, em, cháu, cụ, cố, thầy, đồng chí, bác sĩ, y sĩ, dược sĩ, "
    "kỹ sư, luật sư, giám đốc, hiệu trưởng, chủ tịch, bí thư, trưởng thôn, trưởng ấp, trưởng "
    "xóm, trưởng bản, trưởng trạm, trưởng ban, tổ trưởng, liệt sĩ, thương binh, nghệ nhân, già "
    "làng, hộ ông, hộ bà, gia đình ông, gia đình bà, tên là, họ tên"
)
_PLACE_CUES = phrase_set(
    "thôn, xã, ấp, xóm, làng, bản, buôn, plei, sóc, phum, phường, khu, khu phố, tổ, tổ dân phố, "
    "khóm, quận, huyện, tỉnh, thành phố, thị xã, thị trấn, đặc khu, đường, phố, ngõ, hẻm, cầu, "
    "chợ, sông, suối, kênh, hồ, đập, đèo, núi, đồi, rừng, cánh đồng, xứ đồng, đình, chùa, đền, "
    "miếu, bến, cảng, cống, trạm bơm, nghĩa trang, quảng trường, khu vực, địa bàn"
)
_BODY_CUES = phrase_set(
    "trạm, trường, hợp tác xã, công ty, doanh nghiệp, cơ sở, bệnh viện, phòng khám, trung tâm, "
    "nhà máy, ngân hàng, quỹ, ban, hội, đoàn, đội, câu lạc bộ, tổ hợp tác, nhà văn hóa, nhà văn "
    "hoá, bưu điện, điện lực, chi nhánh, cửa hàng, quầy thuốc, nhà thuốc"
)
_CUES = {
    PERSON: _PERSON_CUES | _PLACE_CUES | _BODY_CUES,
    PLACE: _PLACE_CUES | _BODY_CUES,
    BODY: _BODY_CUES | _PLACE_CUES,
    OFFICE: _PERSON_CUES,
    OTHER: _PERSON_CUES | _PLACE_CUES | _BODY_CUES,
}
_LONGEST_CUE = 3
# The cues after which a name is looked for even in lower case, as some models write everything.
_LOWER_CASE_CUES = phrase_set(
    "ông, bà, anh, chị, đồng chí, thôn, xã, ấp, xóm, làng, buôn, phường, khu phố, tổ, tổ dân "
    "phố, khóm, khu"
)
_PLURALS = key_set("các những nhiều mấy toàn mọi từng liên đàn")
NUMBER_WORDS = key_set("một hai ba bốn tư năm lăm sáu bảy tám chín mười mươi mốt trăm")

# A cue that is part of an ordinary word with what follows, or with what stands before it.
_NOT_CUES = phrase_set(
    "ông bà, bà con, anh chị, anh em, anh hùng, anh ninh, chị em, em nhỏ, em bé, cô chú, cô bác, "
    "cô giáo, cô đỡ, chú bác, chú ý, chú trọng, chú thích, bác sĩ, bác ái, cháu bé, cụ thể, cố "
    "gắng, cố ý, cố định, cố vấn, thầy cô, thầy giáo, thầy thuốc, xã hội, xã viên, xã đội, xã "
    "nhà, xã ta, thôn xóm, thôn bản, thôn ấp, ấp ủ, bản thân, bản tin, bản đồ, bản sao, bản "
    "chính, bản án, bản quyền, bản sắc, bản làng, bản cam, làng xã, làng nghề, làng xóm, xóm "
    "làng, xóm ngõ, tổ chức, tổ quốc, tổ tiên, tổ viên, tổ trưởng, tổ dân, tổ công, tổ bầu, tổ "
    "hợp, tổ tự, tổ liên, khu vực, khu phố, khu dân, khu công, khu di, khu cách, khu trung, khu "
    "đất, khu chợ, đường dây, đường bộ, đường sá, đường phố, đường thủy, đường giao, đường hô, "
    "đường ống, đường làng, đường liên, phố phường, cầu cống, cầu nối, cầu mong, chợ búa, sông "
    "ngòi, hồ sơ, hồ bơi, hồ chứa, núi rừng, rừng núi, rừng phòng, tỉnh ta, tỉnh ủy, tỉnh nhà, "
    "tỉnh thành, trạm y, trạm bơm, trạm biến, trạm xá, trường hợp, trường học, trường lớp, "
    "trường tiểu, trường trung, trường mầm, hội đồng, hội viên, hội nghị, hội thảo, hội phụ, hội "
    "nông, hội cựu, hội người, hội chữ, hội trường, hội thi, hội họp, hội thao, đoàn viên, đoàn "
    "thể, đoàn kết, đoàn thanh, đội viên, đội ngũ, ban nhân, ban hành, ban đầu, ban ngành, ban "
    "chỉ, ban công, ban quản, ban tổ, ban chấp, ban văn, ban giám, quỹ đất, quỹ vì, quỹ phòng, "
    "quỹ đền, ngõ xóm, phường xã, cảng cá, suối cạn, kênh mương, cống rãnh, bến xe, bến bãi, "
    "đình chỉ, đền bù, đền ơn"
)
_NOT_CUE_ENDINGS = phrase_set(
    "tác xã, nhu cầu, yêu cầu, toàn cầu, cơ hội, xã hội, quốc hội, đại hội, lễ hội, đồng bào, ủy "
    "ban, uỷ ban, văn bản, cơ bản, bài bản, biên bản, nông thôn, trẻ em, lâm thôn, con đường, an "
    "ninh, thị trường, môi trường, hiện trường, hội trường, nhà trường, quân đội, bộ đội, dân "
    "quân, quân khu, chung cư, tập đoàn, công đoàn, ban bố, qua cầu, thủy sản, gia đình, chăm "
    "sóc, cả ban, ngân hàng, lực lượng"
)

# Words that are part of no name written in lower case. Only small words: nearly every other
# syllable (trung, đồng, tiến, hợp, nhân) is part of some village's name.
_SMALL_WORDS = key_set("""
    họp mở trực nghe gửi giao cử lập dừng ngừng phun cắt sửa đốt gom gọi hỏi nói đọc ăn uống bầu
    là và của có không đã đang sẽ được bị cho với từ đến tới tại ở trong ngoài trên dưới về ra vào
    khi nếu thì mà nên để do vì cùng các những mọi mỗi này đó kia ấy nào nhé ạ ơi cần phải hãy
    đừng chớ mời xin kính thưa yêu đi làm lên xuống cũng đều rất quá nhiều ít hơn nhất lại còn vẫn
    chưa con em ta nhà mình họ ai gì đây nay sau trước vừa như hoặc hay nhưng qua giữa chỉ ban uỷ
    ủy chúng rồi xong thêm nữa thấy biết gồm nhằm ngay bao ban phát nhận nộp mua bán dài rộng cao
    thấp nuôi trồng khác số bàn tôi bạn quý báo đề thông thôn xã ấp xóm làng phường huyện tỉnh ông
    bà anh chị khu tổ trường trạm đường
""")
# Ordinary words of two syllables that follow a cue without being a name: "xã tổ chức".
_ORDINARY_PAIRS = phrase_set(
    "tổ chức, triển khai, tiếp tục, thực hiện, tham gia, chủ động, tập trung, phối hợp, chuẩn "
    "bị, tiến hành, nhân dân, hội viên, đồng chí, chỉ đạo, quyết định, toàn dân, toàn xã, toàn "
    "thể, bắt đầu, xanh sạch, sạch đẹp, nông thôn, đăng ký, kiểm tra, thường xuyên, thường trực, "
    "phát động, lưu ý, vận động, theo dõi, theo lịch, theo đúng, theo quy, theo kế, ngành nghề, "
    "đoàn thể, hiện nay, hiện có, hiện đang, tuyên truyền, giao thông, liên hệ, khẩn trương, "
    "nghiêm túc, văn hóa, văn hoá, văn minh, dân quân, lãnh đạo, phụ trách, trực tiếp, cán bộ, "
    "công an, y tế, mầm non, tiểu học, trung học, quản lý, xây dựng, hỗ trợ, tiêm chủng, lao "
    "động, hoàn thành, đạt chuẩn, kiểu mẫu, đoàn kết, kết hợp, hưởng ứng, ngập lụt, nguy hiểm, "
    "xung yếu, lân cận, liên xã, liên thôn, cụ thể, cố gắng, nghỉ học, đưa đón, sinh năm, mang "
    "theo, hàng năm, hằng năm, trưởng thôn, bí thư, chủ tịch, sinh sống, mở cửa, phấn đấu, niêm "
    "yết, vệ sinh, trẻ em, học sinh"
)
# Family names that cover nearly every Kinh Vietnamese, and the commonest of other peoples.
SURNAMES = key_set("""
    nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh trịnh đoàn mai đào
    trương lâm phùng tô tạ hà lương cao châu chu thái vi lò quàng cầm giàng vàng sùng thạch sơn
    kim danh tăng quách lục nông triệu mạc kiều văn đàm từ ninh nghiêm la lưu cù bạch khuất âu
    viên doãn khương vương hứa thân tống thi mã tôn
""")
# Words that official style or a new sentence capitalises without naming anyone or any place.
_CAPITALISED_COMMON = key_set("""
    tiểu mầm đảng nhà nước ủy uỷ ban hội đồng đoàn đội trạm trường công bộ sở phòng mặt trận trung
    chính quốc nghị luật thông quyết chỉ nhân dân xin kính mời đề yêu tết ngày tháng năm thứ chủ
    nhật giáng mùng rằm đại văn ông bà anh chị cô chú bác và của các những để hãy nếu khi từ tại
    về đồng thời việc đối theo trong sau trước với cán tổ xã thôn ấp phường tỉnh huyện thành khu
    chương dự đài loa cách quân hiến pháp kế số điều khoản hiện đây địa nội dung lưu mọi không
    được cần phải chúng tôi em vì nên còn cũng có là mỗi một hai ba bốn cảm trân alo bà
""")
# Of those, the ones that a cue does not turn into a name: "xã Ủy ban", "ông Kính mời".
_NEVER_NAMES = key_set(
    "đảng nhà nước ủy uỷ mặt xin kính mời đề yêu và của các những để hãy nếu khi"
)


@dataclass(frozen=True, slots=True)
class NameSpan:
    """Tokens `first`..`end` (end not included) look like a name. `cue`: the words before it that
    say so, empty where capitals do."""

    first: int
    end: int
    cue: str = ""


def cue_before(keys: Sequence[str], index: int, kind: str = OTHER) -> int:
    """How many tokens right before `index` announce a name of this kind; 0 for none.

    Raises KeyError for a kind that is not one of TERM_KINDS.
    """
    return _cue_length(keys, index, _CUES[kind])


def is_cue(keys: Sequence[str]) -> bool:
    """Whether these tokens alone can announce a name of some kind."""
    return tuple(keys) in _CUES[OTHER]


def kind_by_cue(keys: Sequence[str], index: int) -> str:
    """The kind of name that the words before `index` announce; OTHER where they announce none."""
    own_cues = ((PERSON, _PERSON_CUES), (PLACE, _PLACE_CUES), (BODY, _BODY_CUES))
    lengths = {kind: _cue_length(keys, index, cues) for kind, cues in own_cues}
    best = max(lengths, key=lambda kind: lengths[kind])
    return best if lengths[best] else OTHER


def _cue_length(keys: Sequence[str], index: int, cues: frozenset[tuple[str, ...]]) -> int:
    for length in range(min(_LONGEST_CUE, index), 0, -1):
        start = index - length
        if tuple(keys[start:index]) in cues:
            following = tuple(keys[index - 1 : index + 1])
            preceding = tuple(keys[start - 1 : start + 1]) if start else ()
            if following not in _NOT_CUES and preceding not in _NOT_CUE_ENDINGS:
                return length
    return 0


def is_ordinary_pair(keys: Sequence[str]) -> bool:
    """Whether two syllables are a common word, so that no name is to be read into them."""
    return tuple(keys) in _ORDINARY_PAIRS


def is_small_word(key: str) -> bool:
    """Whether a syllable is a word of grammar or a title, which models seldom put for a name."""
    return key in _SMALL_WORDS


def ends_phrase(token: str) -> bool:
    """Whether a name cannot go on after this token."""
    return token.endswith(_PHRASE_ENDS)


def is_capitalised(token: str) -> bool:
    """Whether a token is written like part of a name: "Lan", "Đắk"; not "UBND", not "lan"."""
    letters = [character for character in token if character.isalpha()]
    return bool(letters) and letters[0].isupper() and (len(letters) == 1 or not token.isupper())


def find_names(tokens: Sequence[str]) -> Iterator[NameSpan]:
    """Spans that look like names, in order, never overlapping. `tokens` are those of one line."""
    keys = [token_key(token) for token in tokens]
    index = 0
    while index < len(tokens):
        cue = 0
        if index and not ends_phrase(tokens[index - 1]):
            cue = cue_before(keys, index)
        end = _name_end(tokens, keys, index, after_cue=cue > 0)
        if end > index:
            said = " ".join(tokens[index - cue : index]).lower() if cue else ""
            yield NameSpan(index, end, said)
        index = max(end, index + 1)


def _name_end(tokens: Sequence[str], keys: Sequence[str], first: int, *, after_cue: bool) -> int:
    """Where the name that begins at `first` ends; `first` itself when none does."""
    end = _capitals_end(tokens, first)
    if after_cue and end == first:
        return _lower_case_end(tokens, keys, first)
    if end - first != 1:
        return end
    if after_cue:
        return first if keys[first] in _NEVER_NAMES else end
    starts_sentence = first == 0 or tokens[first - 1].endswith(SENTENCE_ENDS)
    return first if starts_sentence or keys[first] in _CAPITALISED_COMMON else end


def _capitals_end(tokens: Sequence[str], first: int) -> int:
    end = first
    while end < len(tokens) and is_capitalised(tokens[end]):
        end += 1
        if ends_phrase(tokens[end - 1]):
            break
    return end


def _lower_case_end(tokens: Sequence[str], keys: Sequence[str], first: int) -> int:
    """A name in lower case, or a number as a name ("thôn năm", "tổ 3"), after a cue that allows it.

    A family name takes up to four syllables, anything else two, up to a word that belongs to no
    name; a number takes its own words.
    """
    cue = _cue_length(keys, first, _LOWER_CASE_CUES)
    if not cue or (first > cue and keys[first - cue - 1] in _PLURALS):
        return first
    numbered = _is_number(keys[first])
    longest = 4 if numbered or keys[first] in SURNAMES else 2
    end = first
    while end < len(tokens) and end - first < longest and _is_number(keys[end]) == numbered:
        if not keys[end][:1].isalnum() or keys[end] in _SMALL_WORDS - NUMBER_WORDS:
            break
        if is_ordinary_pair(keys[end : end + 2]):
            break
        end += 1
        if ends_phrase(tokens[end - 1]):
            break
    return end


def _is_number(key: str) -> bool:
    return key in NUMBER_WORDS or key[:1].isdigit()
