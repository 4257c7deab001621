# One of each resource that Terraform's AWS provider has for AWS IoT; `word` is changed to see each updated in place.

variable "word" { type = string }
variable "role" { default = "arn:aws:iam::123456789012:role/rules" }

resource "aws_iot_thing_type" "lamp" {
  name = "tf-lamp"
  properties {
    description           = "lamps"
    searchable_attributes = ["colour"]
  }
  tags = { word = var.word }
}

resource "aws_iot_thing" "lamp" {
  name            = "tf-lamp"
  thing_type_name = aws_iot_thing_type.lamp.name
  attributes      = { colour = var.word }
}

resource "aws_iot_thing_group" "house" { name = "tf-house" }

resource "aws_iot_thing_group" "room" {
  name              = "tf-room"
  parent_group_name = aws_iot_thing_group.house.name
  properties {
    description = var.word
    attribute_payload { attributes = { floor = "1" } }
  }
  tags = { word = var.word }
}

resource "aws_iot_thing_group_membership" "lamp" {
  thing_name             = aws_iot_thing.lamp.name
  thing_group_name       = aws_iot_thing_group.room.name
  override_dynamic_group = true
}

resource "aws_iot_billing_group" "house" {
  name = "tf-house"
  properties { description = var.word }
}

resource "aws_iot_certificate" "lamp" { active = true }

resource "aws_iot_certificate" "own_key" {
  csr    = file("device.csr")
  active = true
}

resource "aws_iot_ca_certificate" "factory" {
  active                  = true
  ca_certificate_pem      = file("factory.pem")
  allow_auto_registration = true
  certificate_mode        = "SNI_ONLY"
}

resource "aws_iot_policy" "lamp" {
  name = "tf-lamp"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["iot:Connect"], Resource = "arn:aws:iot:*:*:client/${var.word}" }]
  })
}

resource "aws_iot_policy_attachment" "lamp" {
  policy = aws_iot_policy.lamp.name
  target = aws_iot_certificate.lamp.arn
}

resource "aws_iot_thing_principal_attachment" "lamp" {
  principal = aws_iot_certificate.lamp.arn
  thing     = aws_iot_thing.lamp.name
}

resource "aws_iot_topic_rule" "many" {
  name        = "tf_many"
  description = var.word
  enabled     = true
  sql         = "SELECT * FROM 'tf/+/telemetry'"
  sql_version = "2016-03-23"

  cloudwatch_alarm {
    alarm_name   = "hot"
    role_arn     = var.role
    state_reason = "too hot"
    state_value  = "ALARM"
  }
  cloudwatch_logs {
    log_group_name = "lamps"
    role_arn       = var.role
    batch_mode     = true
  }
  cloudwatch_metric {
    metric_name      = "heat"
    metric_namespace = "lamps"
    metric_unit      = "None"
    metric_value     = "$${heat}"
    role_arn         = var.role
  }
  dynamodb {
    hash_key_field  = "lamp"
    hash_key_value  = "$${topic(2)}"
    range_key_field = "at"
    range_key_value = "$${timestamp()}"
    range_key_type  = "NUMBER"
    role_arn        = var.role
    table_name      = "lamps"
  }
  dynamodbv2 {
    role_arn = var.role
    put_item { table_name = "lamps" }
  }
  elasticsearch {
    endpoint = "https://lamps.us-east-1.es.amazonaws.com"
    id       = "$${newuuid()}"
    index    = "lamps"
    role_arn = var.role
    type     = "lamp"
  }
  firehose {
    delivery_stream_name = "lamps"
    role_arn             = var.role
    separator            = "\n"
  }
  kinesis {
    partition_key = "$${topic(2)}"
    role_arn      = var.role
    stream_name   = "lamps"
  }
  error_action {
    republish {
      qos      = 1
      role_arn = var.role
      topic    = "tf/errors"
    }
  }
  tags = { word = var.word }
}

resource "aws_iot_topic_rule" "more" {
  name        = "tf_more"
  enabled     = var.word == "first"
  sql         = "SELECT heat FROM 'tf/+/telemetry' WHERE heat > 20"
  sql_version = "2016-03-23"

  http {
    url              = "https://example.com/lamps"
    confirmation_url = "https://example.com"
    http_header {
      key   = "lamp"
      value = "$${topic(2)}"
    }
  }
  kafka {
    client_properties = { "bootstrap.servers" = "kafka.example.com:9092" }
    destination_arn   = aws_iot_topic_rule_destination.network.arn
    topic             = "lamps"
  }
  lambda { function_arn = "arn:aws:lambda:us-east-1:123456789012:function:lamps" }
  republish {
    role_arn = var.role
    topic    = "tf/hot"
  }
  s3 {
    bucket_name = "lamps"
    key         = "$${topic(2)}/$${timestamp()}"
    role_arn    = var.role
  }
  sns {
    message_format = "RAW"
    role_arn       = var.role
    target_arn     = "arn:aws:sns:us-east-1:123456789012:lamps"
  }
  sqs {
    queue_url  = "https://sqs.us-east-1.amazonaws.com/123456789012/lamps"
    role_arn   = var.role
    use_base64 = false
  }
  step_functions {
    role_arn           = var.role
    state_machine_name = "lamps"
  }
  timestream {
    database_name = "lamps"
    role_arn      = var.role
    table_name    = "lamps"
    dimension {
      name  = "lamp"
      value = "$${topic(2)}"
    }
  }
}

resource "aws_iot_topic_rule_destination" "network" {
  vpc_configuration {
    role_arn        = var.role
    security_groups = ["sg-1"]
    subnet_ids      = ["subnet-1"]
    vpc_id          = "vpc-1"
  }
}

resource "aws_iot_role_alias" "lamp" {
  alias    = "tf-lamp"
  role_arn = var.role
}

resource "aws_iot_authorizer" "lamp" {
  name                    = "tf-lamp"
  authorizer_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:authorizer"
  signing_disabled        = true
  status                  = "ACTIVE"
}

resource "aws_iot_provisioning_template" "fleet" {
  name                  = "tf-fleet"
  description           = var.word
  provisioning_role_arn = var.role
  enabled               = true
  template_body = jsonencode({
    Parameters = { SerialNumber = { Type = "String" } }
    Resources = {
      certificate = {
        Type       = "AWS::IoT::Certificate"
        Properties = { CertificateId = { Ref = "AWS::IoT::Certificate::Id" }, Status = "Active" }
      }
    }
  })
}

data "aws_iot_endpoint" "devices" { endpoint_type = "iot:Data-ATS" }
data "aws_iot_registration_code" "ours" {}

output "endpoint" { value = data.aws_iot_endpoint.devices.endpoint_address }
