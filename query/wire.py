"""The base of every JSON model that Freshwire sends."""

from pydantic import AliasChoices, BaseModel, ConfigDict

#: In JSON it is "class", which Python keeps for itself.
CLASS = AliasChoices("class", "class_")


class Wire(BaseModel):
    """Base of all that is sent: frozen, its names as in the JSON ("class", not "class_")."""

    model_config = ConfigDict(
        frozen=True, populate_by_name=True, serialize_by_alias=True, extra="ignore"
    )

    def to_json(self, *, indent: int | None = None) -> str:
        """The JSON text, as the HTTP API sends it."""
        return self.model_dump_json(indent=indent)
