#!/bin/sh
# Creates the topics of npp_contracts.catalogue; a test holds the two lists together.
set -eu
for topic in \
    npp.enrolment.programmes \
    npp.enrolment.workforces \
    npp.enrolment.intakes \
    npp.enrolment.learners \
    npp.enrolment.enrolments \
    npp.assessment.attempts \
    npp.portfolio.portfolios \
    npp.events.sessions \
    npp.events.places
do
    /opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:9092 --create --if-not-exists \
        --topic "$topic" --partitions 6 --replication-factor 1 \
        --config retention.ms=-1 --config retention.bytes=-1
done

# Each force's own, in the order of its feed; 30 days, then it is had over HTTP.
for force in \
    avon-and-somerset bedfordshire cambridgeshire cheshire city-of-london cleveland cumbria \
    derbyshire devon-and-cornwall dorset durham dyfed-powys essex gloucestershire \
    greater-manchester gwent hampshire hertfordshire humberside kent lancashire leicestershire \
    lincolnshire merseyside metropolitan norfolk north-wales north-yorkshire northamptonshire \
    northumbria nottinghamshire south-wales south-yorkshire staffordshire suffolk surrey sussex \
    thames-valley warwickshire west-mercia west-midlands west-yorkshire wiltshire
do
    /opt/kafka/bin/kafka-topics.sh --bootstrap-server kafka:9092 --create --if-not-exists \
        --topic "npp.force.$force" --partitions 1 --replication-factor 1 \
        --config retention.ms=2592000000 --config retention.bytes=-1
done
