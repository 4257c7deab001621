// Shows the API's OpenAPI document with Swagger UI.
const place = document.getElementById("reader");
window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
});
