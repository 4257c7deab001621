"""The device cloud: a pure core, services over the ORM, and edges that translate outside protocols."""
