"""What stands in the store: certificates that only their keys open."""

import json

from services.certs.proof import shown_in
from services.kernel.keys.secrets import read_key
from services.kernel.keys.vault import Vault
from tests.certs.office import Office
from tests.world.people import a_shop, an_approval


class TestCertificates:
    async def test_keep_the_whole_approval_under_the_key_of_the_holder(self, office: Office) -> None:
        approval = an_approval(a_shop(), raw={"备注": "原样"})
        made = (await office.post(approval)).json()
        kept = vars(office.documents)["_kept"]["certificates"][made["certificate_id"]]
        (version,) = kept["versions"]
        assert (version["version"], version["identifier"]) == (1, made["identifier"])
        vault = Vault(office.documents, read_key(office.secrets_dir / "certs" / "master.key"))
        (holder_id,) = kept["holder_ids"]
        keys = await vault.keys([holder_id], "record", make=False)
        place = f"certificates/{made['certificate_id']}"
        (copy,) = version["content"]
        content = json.loads(keys.decrypt(holder_id, copy, place=place))
        assert content["approval"]["holder"]["id_number"] == approval["holder"]["id_number"]
        assert content["approval"]["raw"] == {"备注": "原样"}
        assert shown_in(content["credential"])["identifier"] == made["identifier"]
