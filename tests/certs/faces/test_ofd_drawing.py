"""A face as OFD: two programs of others read in it what was handed in, and it is the same every time."""

import hashlib
from datetime import date

import pytest

from services.certs.domain.face import FaceUnprintable
from services.certs.faces import Faces, draw_ofd
from services.certs.faces.ofd.card import FORM
from services.certs.faces.ofd.letters import halves, wrapped
from tests.certs.faces.ofd_reading import (
    NAMESPACE,
    blocks_of,
    entries_of,
    metadata_of,
    over_pages_of,
    pages_of,
    text_of,
    trees_of,
)
from tests.certs.faces.reading import codes, plain
from tests.certs.faces.samples import CODE, MARKING, TOKEN, a_face

LONG = "".join(f"第{number}项食品销售，" for number in range(1_500))


class TestTheFile:
    def test_says_everything_in_text_that_another_program_reads(self) -> None:
        face = a_face()
        said = text_of(draw_ofd(face, token=TOKEN))
        texts = [face.name, face.number, face.identifier, face.authority_name, face.holder_name]
        texts += [face.holder_number, face.holder_number_term, face.code_shown, "颁发日期：2026年3月5日"]
        for text in (*texts, *(text for pair in face.fields for text in pair)):
            assert plain(text) in said

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({}, "2026年3月5日 至 2031年3月4日"),
            ({"valid_to": None}, "2026年3月5日 起 长期"),
            ({"valid_from": None}, "未载明 至 2031年3月4日"),
            ({"issued_on": date(2025, 12, 31)}, "颁发日期：2025年12月31日"),
        ],
    )
    def test_says_its_days_as_civil_dates(self, changes: dict[str, object], words: str) -> None:
        assert plain(words) in text_of(draw_ofd(a_face(**changes)))

    def test_has_the_metadata_of_a_certificate(self) -> None:
        """The initials that the standard's readers look for; 法定代表人 is a field of this type alone."""
        assert metadata_of(draw_ofd(a_face())) == {
            "ZZMC": "食品经营许可证",
            "ZZLXDM": "11100000MB9999900G901",
            "ZZBH": "JY14203220000123",
            "ZZBS": a_face().identifier,
            "ZZBFJG": "郧西县市场监督管理局",
            "ZZBFJGDM": "11420322YM0000002G",
            "ZZBFRQ": "2026-03-05",
            "CZZT": "郧西县城关镇七夕食品商行",
            "CZZTDM": "92420322YM00000012",
            "CZZTDMLX": "统一社会信用代码",
            "ZZYXQQSRQ": "2026-03-05",
            "ZZYXQJZRQ": "2031-03-04",
            "KZ_法定代表人": "陈素琴",
            "KZ_决定文书号": "西食许〔2026〕12号",
            "KZ_经营项目": "预包装食品销售（含冷藏冷冻食品）",
        }

    def test_says_of_no_end_that_it_is_none_and_of_no_begin_nothing(self) -> None:
        said = metadata_of(draw_ofd(a_face(valid_from=None, valid_to=None, identifier="x")))
        assert said["ZZYXQJZRQ"] == "长期"
        assert not {"ZZYXQQSRQ", "ZZLXDM", "ZZBFJGDM"} & set(said)

    @pytest.mark.parametrize("code", [CODE, "YV1:" + "NCFOXN%TSMAHN-H3YS1IK47ES6IXJR4E47X5" * 5])
    def test_has_a_code_that_a_scanner_reads(self, code: str) -> None:
        assert [codes(picture) for picture in blocks_of(draw_ofd(a_face(code=code)))] == [[code]]

    def test_has_the_token_as_an_attachment(self) -> None:
        ofd = draw_ofd(a_face(), token=TOKEN)
        assert entries_of(ofd)["Doc_0/Attachs/certificate.sd-jwt"] == TOKEN.encode()
        listed = trees_of(ofd)["Doc_0/Attachs/Attachments.xml"]
        assert [one.text for one in listed.iter(f"{NAMESPACE}FileLoc")] == ["certificate.sd-jwt", "face.json"]

    def test_is_a_page_upright_or_lying(self) -> None:
        boxes = {
            template: next(
                trees_of(draw_ofd(a_face(template=template)))["Doc_0/Document.xml"].iter(
                    f"{NAMESPACE}PhysicalBox"
                )
            ).text
            for template in ("certificate", "licence", "../../etc/passwd")
        }
        assert list(boxes.values()) == ["0 0 210 297", "0 0 297 210", "0 0 210 297"]

    def test_counts_each_id_once_and_finds_each_part(self) -> None:
        """The rules of the format that a reader trips over."""
        ofd = draw_ofd(a_face(state="revoked", marking=MARKING, fields=(("经营项目", LONG),)), token=TOKEN)
        trees = trees_of(ofd)
        ids = [
            int(one.attrib["ID"])
            for name, tree in trees.items()
            for one in tree.iter()
            if "ID" in one.attrib and "Attachs" not in name
        ]
        most = trees["Doc_0/Document.xml"].findtext(f".//{NAMESPACE}MaxUnitID")
        assert len(ids) == len(set(ids))
        assert most is not None
        assert max(ids) < int(most)
        places = {
            f"Doc_0/{one.attrib['BaseLoc']}"
            for one in trees["Doc_0/Document.xml"].iter()
            if "BaseLoc" in one.attrib
        }
        assert places < set(entries_of(ofd))

    def test_of_the_same_face_is_the_same_to_the_last_byte(self) -> None:
        """These bytes are a promise: files that are out there are checked by drawing them again.

        If this fails, somebody's certificate is "changed": raise FORM, then write down the new digest.
        """
        face = a_face(
            marking=MARKING, state="suspended", fields=(("经营项目", LONG), ("姓名", "阿依·买\U00020bb7"))
        )
        digest = hashlib.sha256(draw_ofd(face, token=TOKEN)).hexdigest()
        assert (FORM, digest) == (1, "4d2298ac6119b7763a882db880b6f6fc068dec4af76b4b53c4af7ca7f1d70d6a")

    def test_of_another_face_or_token_is_another(self) -> None:
        drawn = {draw_ofd(a_face()), draw_ofd(a_face(code_shown="x")), draw_ofd(a_face(), token=TOKEN)}
        assert len(drawn) == 3
        assert len({trees_of(one)["OFD.xml"].findtext(f".//{NAMESPACE}DocID") for one in drawn}) == 3

    def test_is_the_same_from_faces(self, faces: Faces) -> None:
        assert faces.ofd(a_face(), token=TOKEN) == draw_ofd(a_face(), token=TOKEN)

    def test_has_as_many_pages_as_its_texts_take(self) -> None:
        pages = pages_of(draw_ofd(a_face(fields=(("经营项目", LONG),))))
        assert len(pages) > 3
        assert plain(LONG) in "".join(
            page.replace(plain(f"第{place}页，共{len(pages)}页"), "").replace(
                plain(f"电子证照标识：{a_face().identifier}"), ""
            )
            for place, page in enumerate(pages, 1)
        )
        assert all(f"第{place}页,共{len(pages)}页" in page for place, page in enumerate(pages, 1))


class TestItsState:
    @pytest.mark.parametrize(
        ("state", "term"), [("revoked", "吊销"), ("expired", "失效"), ("what is this", "无效")]
    )
    def test_is_said_in_words_and_in_large_letters_on_every_page(self, state: str, term: str) -> None:
        ofd = draw_ofd(a_face(state=state, fields=(("经营项目", LONG),)))
        assert plain(f"本证照状态为“{term}”，不得作为有效证照使用") in text_of(ofd)
        assert all(term in page for page in over_pages_of(ofd))

    def test_is_not_said_of_a_valid_one(self) -> None:
        ofd = draw_ofd(a_face())
        assert "不得" not in text_of(ofd)
        assert over_pages_of(ofd) == [[]]


class TestAnAnnotatedCopy:
    def test_says_for_whom_for_what_by_whom_and_until_when(self) -> None:
        said = text_of(draw_ofd(a_face(marking=MARKING)))
        for words in ("加注件", MARKING.organisation, MARKING.purpose, MARKING.made_by, "2026年12月25日"):
            assert plain(words) in said

    @pytest.mark.parametrize("template", ["certificate", "licence"])
    def test_has_its_use_all_over_every_page(self, template: str) -> None:
        mark = plain(f"仅供{MARKING.organisation} {MARKING.purpose}使用 2026-11-25")
        ofd = draw_ofd(a_face(marking=MARKING, template=template, fields=(("经营项目", LONG),)))
        assert all(page.count(mark) >= 12 for page in over_pages_of(ofd))

    def test_is_not_said_of_the_certificate_itself(self) -> None:
        assert "加注件" not in text_of(draw_ofd(a_face()))


class TestWhatCannotBeDrawn:
    @pytest.mark.parametrize(
        "changes",
        [
            {"fields": (("项目", "x"),) * 61},
            {"fields": (("项目", "x" * 20_001),)},
            {"holder_name": "欧" * 20_001},
            {"code": ""},
            {"code": "查验"},
        ],
    )
    def test_is_refused(self, changes: dict[str, object]) -> None:
        with pytest.raises(FaceUnprintable):
            draw_ofd(a_face(**changes))

    @pytest.mark.parametrize("token", ["<html>", ""])
    def test_is_an_attachment_that_is_no_token(self, token: str) -> None:
        with pytest.raises(ValueError, match="SD-JWT"):
            draw_ofd(a_face(), token=token)


class TestALine:
    def test_ends_before_what_does_not_fit(self) -> None:
        assert wrapped("一二三四五", 1, 2) == ["一二", "三四", "五"]
        assert wrapped("abcdef", 1, 2) == ["abcd", "ef"]

    def test_takes_a_closing_mark_with_it(self) -> None:
        assert wrapped("一二，三", 1, 2) == ["一二，", "三"]
        assert wrapped("一二，，，三", 1, 2) == ["一二，", "，，", "三"]

    def test_keeps_a_number_whole_where_it_can(self) -> None:
        assert wrapped("编号 ab123", 1, 4) == ["编号", "ab123"]

    def test_ends_where_the_text_says_so(self) -> None:
        assert wrapped("一\n二", 1, 9) == ["一", "二"]

    @pytest.mark.parametrize(
        ("one", "expected"), [("a", 1), ("郧", 2), ("·", 2), ("—", 2), ("\u0301", 0), ("م", 1)]
    )
    def test_is_as_wide_as_its_letters(self, one: str, expected: int) -> None:
        assert halves(one) == expected
