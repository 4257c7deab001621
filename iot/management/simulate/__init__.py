"""Made-up devices that publish and answer their shadows."""
